"""Keeping the sets: who enters and leaves, because of what, at what cost, and what happens when something fails."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connection, connections
from psycopg import sql

from profiles.models import Trait
from segments import ledger, sets
from segments import refresh as refresher
from segments.bitmaps import ask_set
from segments.errors import RuleError
from segments.leaves import Condition
from segments.leaves.base import _registry
from segments.models import Leaf, LeafFlip, Membership, Refresh, Segment
from segments.publish import publish, withdraw
from segments.refresh import pending
from segments.snapshot import database_time
from segments.verify import verify
from tests.segments.shop import Shop

BOUGHT_TWICE = {"did": {"event": "Order Completed", "at_least": 2, "within": "30 days"}}
FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    return Shop()


def test_somebody_enters_by_what_they_do_and_leaves_by_the_clock(shop):
    shop.publishes("buyers", BOUGHT_TWICE)
    shop.does("clara", "Order Completed", ago=29 * DAY)
    shop.refreshes()
    assert shop.members("buyers") == set()
    shop.does("clara", "Order Completed")
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}
    shop.refreshes(later=2 * DAY)
    assert shop.members("buyers") == set()
    stay = Membership.objects.get(segment__slug="buyers")
    leaf = Leaf.objects.get(condition=BOUGHT_TWICE)
    assert (stay.entered_cause, stay.left_cause) == ("event", "clock")
    assert stay.entered_leaves == stay.left_leaves == [leaf.pk]


@pytest.mark.parametrize(
    ("rule", "do", "cause"),
    [
        (FRENCH, lambda shop: shop.is_known("clara", country="FR"), "trait"),
        ({"did": {"event": "Visit"}}, lambda shop: shop.does("clara", "Visit"), "event"),
        ({"none": [FRENCH]}, lambda shop: shop.does("ben", "Visit"), "person"),
        ({"in": {"segment": "base"}}, lambda shop: shop.does("clara", "Base"), "segment"),
    ],
)
def test_the_ledger_says_because_of_what(shop, rule, do, cause):
    shop.publishes("base", {"did": {"event": "Base"}})
    shop.publishes("it", rule)
    shop.does("clara", "Signed Up")
    shop.refreshes()
    do(shop)
    shop.refreshes()
    newest = Membership.objects.filter(segment__slug="it").latest("entered_run")
    assert newest.entered_cause == cause


def test_an_edit_is_the_cause_of_all_it_moves(shop):
    shop.is_known("clara", country="FR")
    shop.is_known("ben", country="DE")
    shop.publishes("it", FRENCH)
    shop.refreshes()
    shop.publishes("it", {"none": [FRENCH]})
    assert pending()
    shop.refreshes()
    assert shop.members("it") == {"ben"}
    causes = set(Membership.objects.filter(segment__slug="it").values_list("entered_cause", "left_cause"))
    assert causes == {("edit", "edit"), ("edit", "")}


def test_a_merge_takes_the_past_along_and_is_the_cause(shop):
    shop.publishes("buyers", BOUGHT_TWICE)
    shop.does("anon-phone", "Order Completed")
    shop.turns_out_to_be("anon-phone", "clara@shop.fr")
    shop.does("clara", "Order Completed")
    shop.refreshes()
    assert shop.members("buyers") == set()
    shop.turns_out_to_be("clara", "clara@shop.fr")
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}
    assert Membership.objects.get(segment__slug="buyers").entered_cause == "merge"
    assert verify(shop.now + DAY).differences == []


def test_nothing_new_asks_nothing_and_writes_nothing(shop):
    shop.does("clara", "Order Completed")
    shop.publishes("buyers", BOUGHT_TWICE)
    shop.publishes("quiet", {"none": [{"inactive": {"for": "14 days"}}]})
    shop.refreshes()
    flips, runs = LeafFlip.objects.count(), Refresh.objects.count()
    assert not pending()
    assert shop.refreshes(later=timedelta(minutes=1)).asked == 0
    assert (LeafFlip.objects.count(), Refresh.objects.count()) == (flips, runs)


def test_only_leaves_that_read_what_changed_are_asked(shop):
    shop.publishes("it", {"any": [BOUGHT_TWICE, FRENCH, {"did": {"event": "Visit"}}, {"did": {"event": "Other"}}]})
    shop.does("clara", "Visit")
    shop.refreshes()
    shop.does("clara", "Visit")
    assert shop.refreshes().asked == 1


def test_equal_conditions_of_several_segments_are_asked_once(shop):
    for slug in ("one", "two", "three"):
        shop.publishes(slug, {"all": [FRENCH, {"did": {"event": slug}}]})
    shop.refreshes()
    assert Leaf.objects.filter(condition=FRENCH).count() == 1


def test_children_are_computed_before_their_parents_in_the_same_run(shop):
    shop.publishes("a", {"did": {"event": "Visit"}})
    shop.publishes("b", {"all": [{"in": {"segment": "a"}}, FRENCH]})
    shop.publishes("c", {"none": [{"in": {"segment": "b"}}]})
    shop.publishes("a", {"did": {"event": "Visited"}})
    shop.is_known("clara", country="FR")
    shop.refreshes()
    shop.does("clara", "Visited")
    shop.refreshes()
    assert (shop.members("a"), shop.members("b"), shop.members("c")) == ({"clara"}, {"clara"}, set())


def test_a_cycle_is_refused_with_its_path(shop):
    shop.publishes("a", FRENCH)
    shop.publishes("b", {"in": {"segment": "a"}})
    with pytest.raises(RuleError, match="a → b → a"):
        shop.publishes("a", {"any": [FRENCH, {"in": {"segment": "b"}}]})


def test_a_segment_that_others_ask_is_not_deleted(shop):
    segment = shop.publishes("a", FRENCH)
    shop.publishes("b", {"in": {"segment": "a"}})
    with pytest.raises(RuleError, match="b"):
        withdraw(segment)
    withdraw(Segment.objects.get(slug="b"))
    withdraw(segment)
    assert not Segment.objects.exists()


def test_a_broken_rule_freezes_its_members_says_why_and_recovers(shop):
    shop.publishes("it", {"none": [FRENCH]})
    shop.is_known("clara", country="DE")
    shop.refreshes()
    Trait.objects.filter(key="country").update(key="land")
    shop.does("ben", "Visit")
    shop.refreshes()
    segment = Segment.objects.get(slug="it")
    assert (segment.state, shop.members("it")) == ("broken", {"clara"})
    assert "traits.country" in segment.error
    Trait.objects.filter(key="land").update(key="country")
    shop.refreshes()
    segment.refresh_from_db()
    assert (segment.state, segment.error, shop.members("it")) == ("live", "", {"clara", "ben"})


def test_a_segment_that_asks_a_broken_one_goes_on_with_its_frozen_members(shop):
    shop.publishes("frozen", FRENCH)
    shop.publishes("parent", {"all": [{"in": {"segment": "frozen"}}, {"did": {"event": "Visit"}}]})
    shop.is_known("clara", country="FR")
    shop.refreshes()
    Trait.objects.filter(key="country").update(key="land")
    shop.does("clara", "Visit")
    shop.refreshes()
    assert shop.members("parent") == {"clara"}


def test_a_pattern_that_the_database_refuses_is_not_published(shop):
    with pytest.raises(RuleError):
        shop.publishes("it", {"where": {"attribute": "traits.country", "op": "matches", "value": "(?P<a>x)"}})


def test_a_condition_that_fails_breaks_its_segments_and_no_others(shop, monkeypatch):
    shop.publishes("fine", FRENCH)
    segment = shop.publishes("bad", {"any": [FRENCH, {"did": {"event": "Visit"}}]})
    # A rule that was fine when it was published.
    rule = {"where": {"attribute": "traits.country", "op": "matches", "value": "(?P<a>x)"}}
    Segment.objects.filter(pk=segment.pk).update(rule={"any": [FRENCH, rule]})
    shop.is_known("clara", country="FR")
    shop.refreshes()
    segment.refresh_from_db()
    assert segment.state == "broken"
    assert segment.error
    assert shop.members("fine") == {"clara"}
    publish(segment, FRENCH, None)
    shop.refreshes()
    assert shop.members("bad") == {"clara"}


def test_many_flips_are_folded_and_the_set_stays_the_same(shop, monkeypatch):
    monkeypatch.setattr(sets, "FOLD_AFTER", 3)
    shop.publishes("visitors", {"did": {"event": "Visit"}})
    shop.refreshes()
    for number in range(8):
        shop.does(f"user {number}", "Visit")
        shop.refreshes()
    leaf = Leaf.objects.get(condition__did__event="Visit")
    assert LeafFlip.objects.filter(leaf=leaf).count() <= 3
    assert len(sets.Sets().load([leaf.pk])[leaf.pk]) == 8
    assert verify(shop.now + DAY).differences == []


def test_another_process_catches_up_with_what_was_flipped_and_folded(shop, monkeypatch):
    monkeypatch.setattr(sets, "FOLD_AFTER", 2)
    shop.publishes("visitors", {"did": {"event": "Visit"}})
    shop.refreshes()
    other = sets.Sets()
    ids = list(Leaf.objects.values_list("pk", flat=True))
    for number in range(6):
        shop.does(f"user {number}", "Visit")
        shop.refreshes()
        assert other.load(ids) == sets.kept.load(ids) == sets.Sets().load(ids)


def test_a_condition_that_nobody_needed_for_a_while_is_computed_anew(shop):
    shop.publishes("it", FRENCH)
    shop.refreshes()
    shop.publishes("it", {"did": {"event": "Visit"}})
    shop.refreshes()
    shop.is_known("clara", country="FR")
    shop.refreshes()
    shop.publishes("it", FRENCH)
    shop.refreshes()
    assert shop.members("it") == {"clara"}


def test_a_clock_set_back_moves_nothing(shop):
    shop.publishes("buyers", BOUGHT_TWICE)
    shop.does("clara", "Order Completed", ago=29 * DAY)
    shop.does("clara", "Order Completed")
    shop.refreshes()
    shop.refreshes(later=2 * DAY)
    shop.refreshes(later=-3 * DAY)
    assert shop.members("buyers") == set()


def test_a_refresh_that_fails_changes_nothing_and_the_next_one_makes_up_for_it(shop, monkeypatch):
    shop.publishes("buyers", BOUGHT_TWICE)
    shop.refreshes()
    shop.does("clara", "Order Completed")
    shop.does("clara", "Order Completed")
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shop.refreshes()
    assert shop.members("buyers") == set()
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}


def test_verification_reports_and_mends_what_is_wrong(shop):
    shop.is_known("clara", country="FR")
    shop.publishes("it", FRENCH)
    shop.refreshes()
    with connection.cursor() as cursor:  # Behind everybody's back.
        cursor.execute("UPDATE profiles_profile SET traits = '{}'")
    report = verify(shop.now + DAY)
    assert {next(iter(difference)) for difference in report.differences} == {"leaf", "segment"}
    shop.refreshes(later=2 * DAY)
    assert shop.members("it") == set()
    assert verify(shop.now + DAY).differences == []


@dataclass(frozen=True)
class Slow(Condition):
    """Holds for whoever did "Visit"; takes a while to find out."""

    key = "slow"

    @classmethod
    def parse(cls, raw, path):
        return cls()

    def body(self):
        return {}

    def reads(self, world):
        return frozenset({"event:Visit"})

    @classmethod
    def ask(cls, leaves, at, among, world):
        query = sql.SQL("SELECT profile_id FROM profiles_event, pg_sleep(1)")
        return dict.fromkeys(leaves, ask_set(query))

    def sentence(self, world):
        return "slow"


# A class defined is a condition registered: this one only for its test.
_registry.pop("slow")


@pytest.mark.slow
def test_what_commits_while_a_new_condition_is_computed_is_not_lost(transactional_db, monkeypatch):
    monkeypatch.setitem(_registry, "slow", Slow)
    shop = Shop()
    try:
        shop.does("clara", "Visit")
        shop.publishes("it", {"slow": {}})

        def compute():
            refresher.refresh()
            connections.close_all()

        thread = threading.Thread(target=compute)
        thread.start()
        time.sleep(0.5)
        shop.now = database_time()
        shop.does("ben", "Visit")
        thread.join()
        assert shop.members("it") == {"clara"}
        refresher.refresh()
        assert shop.members("it") == {"clara", "ben"}
    finally:
        sets.kept.forget()  # Numbers begin anew with the next test.


class Endless(Slow):
    @classmethod
    def ask(cls, leaves, at, among, world):
        return dict.fromkeys(leaves, ask_set(sql.SQL("SELECT 1::bigint AS profile_id FROM pg_sleep(300)")))


_registry.pop("slow")


def test_an_edit_ends_the_computation_that_it_makes_superfluous(transactional_db, monkeypatch):
    monkeypatch.setitem(_registry, "slow", Endless)
    shop = Shop()
    runs = []

    def compute():
        runs.append(refresher.refresh())
        connections.close_all()

    try:
        shop.does("clara", "Visit")
        shop.publishes("it", {"slow": {}})
        thread = threading.Thread(target=compute)
        thread.start()
        while not _computing():
            time.sleep(0.05)
        shop.publishes("it", {"did": {"event": "Visit"}})
        thread.join(60)
        assert not thread.is_alive(), "the first rule is still being computed"
        assert runs
        assert shop.members("it") == {"clara"}
    finally:
        sets.kept.forget()


def _computing():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE application_name LIKE 'kith conditions %%' AND state = 'active'"
        )
        return cursor.rowcount


def test_somebody_falls_inactive_by_the_clock_alone(shop):
    shop.publishes("asleep", {"inactive": {"for": "14 days"}})
    shop.does("clara", "Visit")
    shop.refreshes()
    shop.refreshes(later=14 * DAY - timedelta(minutes=1))
    assert shop.members("asleep") == set()
    shop.refreshes(later=timedelta(minutes=1))
    assert shop.members("asleep") == {"clara"}
    shop.does("clara", "Visit")
    shop.refreshes()
    assert shop.members("asleep") == set()


def test_a_date_comes_near_at_midnight_of_the_project(shop):
    shop.publishes("soon", {"where": {"attribute": "traits.born", "op": "in_next", "value": "1 day"}})
    shop.is_known("clara", born="2026-06-16")
    shop.refreshes()
    # 23:59:59 in Paris, then midnight.
    shop.refreshes(later=shop.now.replace(hour=21, minute=59, second=59) - shop.now)
    assert shop.members("soon") == set()
    assert shop.refreshes(later=timedelta(seconds=1)).asked == 1
    assert shop.members("soon") == {"clara"}


SOON = [{"property": "delivery", "op": "in_next", "value": "3 days"}]


@pytest.mark.parametrize(
    "rule",
    [
        {"did": {"event": "Order Completed", "where": SOON}},
        {"measure": {"sum": "items", "event": "Order Completed", "op": "over", "value": 1, "where": SOON}},
        {"regularly": {"event": "Order Completed", "periods": 1, "of": 2, "every": "1 month", "where": SOON}},
        {"then": {"steps": [{"event": "Product Added"}, {"event": "Order Completed", "where": SOON}]}},
    ],
    ids=lambda rule: next(iter(rule)),
)
def test_a_date_in_an_event_comes_near_without_a_new_event(shop, rule):
    shop.does("clara", "Product Added", ago=timedelta(minutes=1))
    shop.does("clara", "Order Completed", delivery="2026-06-25", items=2)
    shop.publishes("soon", rule)
    shop.refreshes()
    assert shop.members("soon") == set()
    shop.refreshes(later=8 * DAY)
    assert shop.members("soon") == {"clara"}
    shop.refreshes(later=3 * DAY)
    assert shop.members("soon") == set()
    assert verify(shop.now + timedelta(seconds=1)).differences == []
