"""The past: who was in by the ledger, who would have been in by today's rule, and what was known then."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from profiles import derived
from profiles.models import Identifier, Source
from segments import travel
from segments.errors import RuleError
from segments.explain import explain
from segments.models import Segment, SegmentVersion
from tests.segments.shop import Shop

FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    return Shop()


def was_in(slug, at, rule):
    ids = list(travel.members(Segment.objects.get(slug=slug), at, rule))
    return set(Identifier.objects.filter(profile_id__in=ids, type="user_id").values_list("value", flat=True))


def test_a_value_of_the_past_counts_in_the_past(shop):
    shop.is_known("maria", country="FR")
    shop.publishes("french", FRENCH)
    shop.refreshes()
    then = shop.now
    shop.now += 10 * DAY
    shop.is_known("maria", country="DE")
    shop.is_known("peter", country="FR")
    shop.refreshes()
    assert shop.members("french") == {"peter"}
    assert was_in("french", then, "then") == was_in("french", then, "now") == {"maria"}
    assert was_in("french", shop.now, "now") == {"peter"}


def test_a_rule_that_did_not_exist_yet_is_asked_of_the_past_all_the_same(shop):
    shop.does("maria", "Order Completed")
    shop.refreshes()
    then = shop.now
    shop.now += 60 * DAY
    shop.publishes("buyers", {"did": {"event": "Order Completed", "within": "30 days"}})
    shop.publishes("idle", {"inactive": {"for": "30 days"}})
    shop.refreshes()
    assert was_in("buyers", then, "now") == {"maria"}
    assert was_in("buyers", then, "then") == set()
    assert was_in("buyers", then + 31 * DAY, "now") == set()
    assert was_in("idle", then, "now") == set()
    assert was_in("idle", then + 31 * DAY, "now") == {"maria"}


def test_nobody_is_in_a_complement_before_they_are_known(shop):
    shop.is_known("maria", country="DE")
    shop.refreshes()
    then = shop.now
    shop.now += DAY
    shop.is_known("peter", country="DE")
    shop.publishes("foreign", {"none": [FRENCH]})
    shop.refreshes()
    assert was_in("foreign", then, "now") == {"maria"}
    assert was_in("foreign", shop.now, "now") == {"maria", "peter"}


def test_what_kith_concludes_about_a_person_is_not_activity_in_the_past_either(shop):
    shop.does("maria", "Page Viewed")
    shop.publishes("idle", {"inactive": {"for": "2 days"}})
    shop.refreshes()
    concluded = derived.Derived(
        shop.id_of("maria"), shop.now + DAY, derived.key("test", "maria"), derived.SCORE_CHANGED, {}
    )
    derived.put(derived.source(), [concluded])
    shop.refreshes(3 * DAY)
    then = shop.now
    shop.now += DAY
    shop.does("maria", "Page Viewed")
    shop.refreshes()
    assert shop.members("idle") == set()
    assert was_in("idle", then, "then") == was_in("idle", then, "now") == {"maria"}


def test_the_ledger_of_other_segments_is_asked_as_it_was(shop):
    shop.is_known("maria", country="FR")
    shop.publishes("french", FRENCH)
    shop.publishes("faithful", {"stayed": {"segment": "french", "for": "5 days"}})
    shop.publishes("once", {"was": {"segment": "french"}})
    shop.publishes("same", {"in": {"segment": "french"}})
    before = shop.now
    shop.refreshes()
    shop.refreshes(6 * DAY)
    then = shop.now
    shop.is_known("maria", country="DE")
    shop.refreshes(DAY)
    for slug in ("faithful", "once", "same"):
        assert was_in(slug, before, "now") == set(), slug
        assert was_in(slug, then, "now") == was_in(slug, then, "then") == {"maria"}, slug


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((50, "server"), (60, "server"), "DE"),
        ((60, "server"), (50, "server"), "FR"),
        ((10, "server"), (90, "browser"), "FR"),
    ],
)
def test_of_two_sources_the_more_believed_one_counts_in_the_past(shop, first, second, expected):
    sources = [
        Source.objects.create(name=f"Source {at}", kind=kind, precedence=precedence)
        for at, (precedence, kind) in enumerate((first, second))
    ]
    for source, country in zip(sources, ("FR", "DE"), strict=True):
        shop.source = dataclasses.replace(shop.source, id=source.pk, kind=source.kind, precedence=source.precedence)
        shop.is_known("maria", country=country)
        shop.now += timedelta(minutes=1)
    shop.publishes("people", {"where": {"attribute": "traits.country", "op": "is", "value": expected}})
    shop.refreshes()
    assert shop.members("people") == was_in("people", shop.now, "now") == {"maria"}


def test_a_segment_that_asks_what_has_no_past_says_so(shop):
    shop.publishes("dealing", {"all": [FRENCH, {"where": {"attribute": "crm.open_deals", "op": "over", "value": 0}}]})
    shop.refreshes()
    with pytest.raises(RuleError, match="Open deals") as refused:
        travel.members(Segment.objects.get(slug="dealing"), shop.now, "now")
    assert refused.value.path == "1"


def test_the_version_of_a_moment_is_the_one_published_last(shop):
    segment = shop.publishes("french", FRENCH)
    shop.publishes("french", {"none": [FRENCH]})
    moments = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)]
    for number, moment in enumerate(moments, 1):
        SegmentVersion.objects.filter(segment=segment, number=number).update(created_at=moment)
    assert travel.version_at(segment, moments[0] - DAY) is None
    assert travel.version_at(segment, moments[0]).number == 1
    assert travel.version_at(segment, moments[1]).number == 2


def test_why_somebody_was_in_is_told_by_the_rule_and_the_values_of_then(shop):
    shop.is_known("maria", country="FR")
    segment = shop.publishes("people", FRENCH)
    shop.refreshes()
    then = shop.now
    shop.now += 10 * DAY
    shop.is_known("maria", country="DE")
    shop.publishes("people", {"where": {"attribute": "traits.country", "op": "is", "value": "DE"}})
    shop.refreshes()
    published(segment, then - DAY, then + DAY)
    segment.refresh_from_db()
    was, is_ = explain(segment, shop.id_of("maria"), then), explain(segment, shop.id_of("maria"), then + 2 * DAY)
    assert (was.version, was.rule.holds, was.rule.saw) == (1, True, "FR")
    assert was.membership.entered_at == then
    assert (is_.version, is_.rule.holds, is_.rule.saw) == (2, False, "FR")
    with pytest.raises(RuleError, match="no rule yet"):
        explain(segment, shop.id_of("maria"), then - 2 * DAY)


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ({"all": ["french", "deals"]}, None),
        ({"any": ["french", "deals"]}, True),
        ({"none": ["french", "deals"]}, False),
        ({"all": ["german", "deals"]}, False),
        ({"none": ["german", "deals"]}, None),
    ],
)
def test_what_cannot_be_told_of_the_past_is_not_guessed(shop, rule, holds):
    conditions = {
        "french": FRENCH,
        "german": {"where": {"attribute": "traits.country", "op": "is", "value": "DE"}},
        "deals": {"where": {"attribute": "crm.open_deals", "op": "over", "value": 0}},
    }
    shop.is_known("maria", country="FR")
    ((kind, parts),) = rule.items()
    segment = shop.publishes("people", {kind: [conditions[part] for part in parts]})
    shop.refreshes()
    published(segment, shop.now - DAY)
    why = explain(segment, shop.id_of("maria"), shop.now)
    assert why.rule.holds is holds
    assert [part.holds is None for part in why.rule.children] == [False, True]


def test_a_rule_of_then_that_asks_a_segment_which_is_gone_says_so(shop):
    shop.is_known("maria", country="FR")
    gone = shop.publishes("gone", FRENCH)
    segment = shop.publishes("people", {"any": [FRENCH, {"in": {"segment": "gone"}}]})
    shop.refreshes()
    then = shop.now
    shop.publishes("people", FRENCH)
    published(segment, then - DAY, then + DAY)
    gone.delete()
    why = explain(segment, shop.id_of("maria"), then)
    assert why.rule.holds is True
    assert why.rule.children[1].holds is None
    assert "gone" in why.rule.children[1].saw


def published(segment, *moments):
    """The versions, as if they had been published then."""
    for number, moment in enumerate(moments, 1):
        SegmentVersion.objects.filter(segment=segment, number=number).update(created_at=moment)
