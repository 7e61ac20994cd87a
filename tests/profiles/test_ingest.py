"""A batch is applied once, whole, or says what it refuses; and costs as many statements as any other."""

from __future__ import annotations

import psycopg
import pytest
from django.db import Error, connection, transaction

from profiles import definitions
from profiles.ingest import apply
from profiles.models import Change, Event, EventType, Merge, Profile, ProfileStat, SeenMessage, Trait
from profiles.refusals import Reason
from tests.profiles.given import applied, events, identify, message, people, person

pytestmark = pytest.mark.django_db


def test_a_message_is_stored_once_however_often_it_is_sent() -> None:
    once = message("user_id:u17", properties={"revenue": 10})
    assert applied(once, once).duplicates == 1
    result = applied(once, message("user_id:u17", at=1))
    assert (result.stored, result.duplicates, result.events) == (1, 1, 1)
    assert Event.objects.count() == 2
    assert ProfileStat.objects.get().events == 2


def test_a_duplicate_changes_nothing_at_all() -> None:
    words = [identify("user_id:u17", "email:a@x.org", traits={"plan": "pro"}), message("user_id:u17", at=1)]
    applied(*words)
    Change.objects.all().delete()
    assert applied(*words).duplicates == 2
    assert not Change.objects.exists()


REFUSED = [
    ({"identifiers": ("user_id:null", "email:test@test.com")}, Reason.NO_IDENTIFIER, "user_id, email"),
    ({"identifiers": ()}, Reason.NO_IDENTIFIER, ""),
    ({"identifiers": ("cookie:c17",)}, Reason.NO_IDENTIFIER, "cookie"),
    ({"identifiers": ("user_id:u17",), "name": "x" * 201}, Reason.BAD_FIELD, "event"),
    ({"identifiers": ("user_id:u17",), "name": ""}, Reason.BAD_FIELD, "event"),
    ({"identifiers": ("user_id:u17",), "name": "Score Changed"}, Reason.RESERVED_NAME, "Score Changed"),
    ({"identifiers": ("user_id:u17",), "group": "g" * 201}, Reason.BAD_FIELD, "groupId"),
    ({"identifiers": ("user_id:u17",), "traits": {"k" * 121: 1}}, Reason.BAD_FIELD, "traits"),
]


@pytest.mark.parametrize(("words", "reason", "detail"), REFUSED)
def test_what_nothing_can_be_done_with_is_refused_and_its_neighbours_are_stored(
    words: dict[str, object], reason: Reason, detail: str
) -> None:
    words = dict(words)
    bad = message(*words.pop("identifiers"), **words)  # type: ignore[misc, arg-type]
    result = applied(message("user_id:u18"), bad, message("user_id:u18", at=1))
    [(refused, why, text)] = result.refused
    assert (refused, why) == (bad, reason)
    assert detail in text
    assert result.stored == 2
    assert events("user_id:u18") == ["Page Viewed", "Page Viewed"]


def test_what_was_refused_is_applied_when_it_comes_again_after_a_fix() -> None:
    bad = message("user_id:null")
    applied(bad)
    assert not SeenMessage.objects.exists()
    fixed = message("user_id:u17")
    assert applied(fixed).stored == 1


def test_names_made_up_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "MOST_EVENTS", 2)
    monkeypatch.setattr(definitions, "MOST_TRAITS", 1)
    words = [message("user_id:u17", name=f"Event {number}") for number in range(4)]
    words += [identify("user_id:u17", traits={f"trait{number}": 1}) for number in range(3)]
    result = applied(*words)
    assert [why for _message, why, _text in result.refused] == [Reason.BAD_FIELD] * 4
    assert EventType.objects.count() == 2
    assert Trait.objects.count() == 1
    assert applied(message("user_id:u17", name="Event 1")).stored == 1


# What passes a JSON parser and breaks the database.
POISON = [{"a": "\x00"}, {"\x00": 1}, {"a": "\ud800"}]


@pytest.mark.parametrize("properties", POISON)
def test_poison_raises_and_after_the_rollback_everything_else_is_applied(properties: dict[str, object]) -> None:
    good = [message("user_id:u17", name="New Name", traits={"plan": "pro"}), message("user_id:u18", name="Other Name")]
    poison = message("user_id:u17", name="New Name", properties=properties)
    with transaction.atomic():
        with pytest.raises((Error, ValueError)), transaction.atomic():
            apply([*good, poison])
        # What the rolled back savepoint had made (event types, traits, people, partitions) is made again.
        assert apply(good).stored == 2
    assert events("user_id:u17") == ["New Name"]
    assert person("user_id:u17").traits == {"plan": "pro"}
    assert set(EventType.objects.values_list("name", flat=True)) == {"New Name", "Other Name"}


def test_changes_say_what_moved_about_whom_once() -> None:
    applied(
        message("user_id:u17", name="Order Completed"),
        message("user_id:u17", name="Order Completed", at=1),
        identify("user_id:u17", at=2, traits={"plan": "pro"}),
    )
    anna = person("user_id:u17").pk
    topics = {"event:Order Completed", "trait:plan", "profile:created"}
    assert set(Change.objects.values_list("profile_id", "topic")) == {(anna, topic) for topic in topics}
    Change.objects.all().delete()
    applied(identify("user_id:u17", at=3, traits={"plan": "pro"}))
    assert not Change.objects.exists()


def test_changes_tell_of_both_people_of_a_merge() -> None:
    applied(message("user_id:u17"), message("anonymous_id:dev1", at=1))
    old, young = person("user_id:u17").pk, person("anonymous_id:dev1").pk
    Change.objects.all().delete()
    applied(identify("user_id:u17", "anonymous_id:dev1", at=2))
    assert set(Change.objects.values_list("profile_id", "topic")) == {
        (old, "profile:merged"),
        (young, "profile:merged"),
    }


def test_a_change_may_be_called_anything_that_an_event_may() -> None:
    applied(message("user_id:u17", name="a\tb\\n\nc"))
    assert Change.objects.filter(topic="event:a\tb\\n\nc").exists()
    assert events("user_id:u17") == ["a\tb\\n\nc"]


def test_properties_come_back_as_they_were_sent() -> None:
    properties = {"a\\b": 'tab\tline\nquote"\\', "é": ["😀", 1.5, None, True, {"x": {}}], "big": 10**30}
    applied(message("user_id:u17", properties=properties))
    assert Event.objects.get().properties == properties


def test_first_and_last_seen_are_those_of_events_of_both_people() -> None:
    applied(message("user_id:u17", at=5), message("anonymous_id:dev1", at=1), identify("user_id:u17", at=9))
    applied(message("user_id:u17", at=3), message("anonymous_id:dev1", "user_id:u17", at=7))
    stat = ProfileStat.objects.get()
    assert stat.events == 4
    assert (stat.last_seen - stat.first_seen).total_seconds() == 6 * 60


def test_an_empty_batch_is_nothing() -> None:
    result = applied()
    assert (result.stored, result.changes) == (0, 0)


def test_ids_of_people_are_dense() -> None:
    applied(*(message(f"user_id:person-{number}") for number in range(50)))
    ids = sorted(Profile.objects.values_list("pk", flat=True))
    assert ids[-1] - ids[0] == 49


def test_the_number_of_statements_does_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """With new people, known people, traits, devices that change hands, merges, accounts."""

    def batch(size: int, tag: str) -> list[object]:
        words = []
        for number in range(size):
            user, device = f"user_id:{tag}-user-{number}", f"anonymous_id:{tag}-device-{number}"
            words += [message(user, name=tag), message(device, name=tag, at=1)]
        applied(*words)
        words = []
        for number in range(size):
            user, device = f"user_id:{tag}-user-{number}", f"anonymous_id:{tag}-device-{number}"
            words += [
                identify(user, device, at=2, traits={f"{tag}-plan": number}, group=f"{tag}-{number}"),
                message(user, device, name=f"{tag} again", at=3),
                message(f"user_id:{tag}-new-{number}", device, at=4),
            ]
        return words

    small, large = batch(2, "small"), batch(200, "large")
    counts = []
    statements = 0
    run = psycopg.Cursor.execute

    def counting(self: psycopg.Cursor, *arguments: object, **named: object) -> psycopg.Cursor:
        nonlocal statements
        statements += 1
        return run(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    for words in (small, large):
        statements = 0
        applied(*words)  # type: ignore[arg-type]
        counts.append(statements)
    assert Merge.objects.count() == 202
    assert len(people()) == 404
    assert counts[0] == counts[1] < 50
    assert connection.connection is not None
