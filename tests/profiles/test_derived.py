"""Events that Kith derives itself, and who is told that something changed."""

from datetime import UTC, datetime, timedelta

import pytest

from profiles import changes, derived
from profiles.models import Change, Event, EventType, Followup, ProfileStat, Source

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def _visit(profile_id: int = 1, at: datetime = AT, **properties: str) -> derived.Derived:
    return derived.Derived(profile_id, at, derived.key("visit", profile_id, at), derived.VISIT_STARTED, properties)


def test_a_derived_event_is_written_once_and_told_to_segments_and_to_those_who_follow() -> None:
    house = derived.source()
    derived.put(house, [_visit(channel='Organic "Search"\\')], by="scoring")
    derived.put(house, [_visit(channel="another")], by="scoring")
    event = Event.objects.get()
    assert (event.name.name, event.properties) == ("Visit Started", {"channel": 'Organic "Search"\\'})
    assert set(Change.objects.values_list("profile_id", "topic")) == {(1, "event:Visit Started")}
    assert set(Followup.objects.values_list("reader", flat=True)) == changes.readers() - {"scoring"}


def test_a_derived_event_is_no_activity() -> None:
    derived.put(derived.source(), [_visit()])
    assert not ProfileStat.objects.exists()


def test_a_derived_event_can_be_withdrawn_and_that_is_told_as_well() -> None:
    house = derived.source()
    other = _visit(at=AT + timedelta(days=400))
    derived.put(house, [_visit(), other])
    Change.objects.all().delete()
    derived.withdraw([_visit()])
    assert [event.message_id for event in Event.objects.all()] == [other.id]
    assert Change.objects.get().topic == "event:Visit Started"


def test_the_house_is_a_source_without_a_key_that_nobody_believes_more_than_a_person() -> None:
    source = Source.objects.get(pk=derived.source())
    assert derived.source() == source.pk
    assert (source.kind, source.precedence, source.keys.count()) == (Source.Kind.HOUSE, 0, 0)


def test_who_follows_takes_each_person_once_however_often_something_changed() -> None:
    changes.note([(1, "trait:a"), (1, "trait:b"), (2, "score:x")], by="connectors")
    changes.note([(1, "trait:a")], by="connectors")
    assert not changes.waiting("connectors")
    assert changes.waiting("scoring")
    assert changes.take("scoring") == {1, 2}
    assert not changes.waiting("scoring")
    assert EventType.objects.filter(name="score:x").count() == 0
