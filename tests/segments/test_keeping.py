"""What keeping costs: nothing is read, asked or remembered that the change at hand does not need."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from segments import refresh as refresher
from segments import sets, standing
from segments.leaves import In
from segments.models import Clock, Leaf, LeafFlip, Refresh, Segment
from segments.plan import Plan
from segments.refresh import due, pending, tick
from segments.snapshot import database_time
from segments.verify import verify
from tests.segments.shop import Shop

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
VISITED = {"did": {"event": "Visit", "within": "30 days"}}
FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}


@pytest.fixture
def shop(db):
    return Shop()


@pytest.fixture
def plans(monkeypatch):
    """How often the rules were read."""
    made = []
    of = Plan.of
    monkeypatch.setattr(Plan, "of", lambda *given: made.append(given) or of(*given))
    return made


def test_no_rule_is_read_while_nothing_of_them_changes(shop, plans):
    shop.does("ben", "Visit")
    shop.publishes("visitors", VISITED)
    shop.publishes("french", FRENCH)
    shop.refreshes()
    shop.refreshes()
    plans.clear()
    shop.does("clara", "Visit")
    shop.refreshes()
    shop.refreshes(later=MINUTE)
    assert not plans
    assert shop.members("visitors") == {"ben", "clara"}


@pytest.mark.parametrize(
    "change",
    [
        lambda shop: shop.publishes("visitors", {"none": [VISITED]}),
        lambda shop: shop.publishes("another", FRENCH),
        lambda shop: Segment.objects.get(slug="french").delete(),
        lambda shop: Segment.objects.filter(slug="french").update(rule={"none": [FRENCH]}),
        lambda shop: shop.is_known("clara", city="Lyon"),
    ],
    ids=["an edit", "a new segment", "one gone", "a rule changed behind everybody's back", "a new trait"],
)
def test_rules_are_read_again_when_something_of_them_changes(shop, plans, change):
    shop.publishes("visitors", VISITED)
    shop.publishes("french", FRENCH)
    shop.refreshes()
    shop.refreshes()
    plans.clear()
    change(shop)
    shop.refreshes()
    assert plans
    assert verify(shop.now + DAY).differences == []


def test_rules_are_read_again_after_another_process_has_refreshed(shop, plans, monkeypatch):
    shop.publishes("visitors", VISITED)
    shop.refreshes()
    shop.refreshes()
    with monkeypatch.context() as other:
        other.setattr(sets, "kept", sets.Sets())
        other.setattr(standing, "kept", standing.Memory())
        shop.does("clara", "Visit")
        shop.refreshes()
    plans.clear()
    shop.does("ben", "Visit")
    shop.refreshes()
    assert plans
    assert shop.members("visitors") == {"clara", "ben"}
    assert verify(shop.now + DAY).differences == []


def test_a_minute_of_nothing_is_a_handful_of_statements_however_many_segments_there_are(shop):
    def statements():
        shop.refreshes()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            shop.refreshes(later=MINUTE)
        return len(seen)

    shop.publishes("visitors", VISITED)
    shop.refreshes()
    few = statements()
    for number in range(20):
        shop.publishes(f"one {number}", {"did": {"event": "Visit", "within": f"{number + 1} days"}})
    shop.refreshes()
    assert statements() == few


def test_memory_has_a_budget_and_what_was_let_go_is_read_again(shop, monkeypatch):
    monkeypatch.setattr(sets, "BUDGET", 100)
    for number in range(6):
        shop.publishes(f"one-{number}", {"did": {"event": f"Event {number}"}})
    shop.publishes("none", {"none": [{"in": {"segment": "one-3"}}]})
    for number in range(6):
        for user in ("clara", "ben", "dora"):
            shop.does(user, f"Event {number}")
        shop.refreshes()
    assert sum(len(kept.members.serialize()) for kept in sets.kept._kept.values()) <= 100
    assert shop.members("one-0") == shop.members("one-5") == {"clara", "ben", "dora"}
    assert shop.members("none") == set()
    assert verify(shop.now + DAY).differences == []


def test_edits_of_very_many_people_take_several_transactions_children_first(shop, monkeypatch):
    monkeypatch.setattr(refresher, "MOVED_AT_ONCE", 1)
    for user in ("clara", "ben", "dora"):
        shop.does(user, "Visit")
    shop.publishes("visitors", VISITED)
    shop.publishes("others", {"none": [{"in": {"segment": "visitors"}}]})
    shop.publishes("same", {"in": {"segment": "visitors"}})
    shop.refreshes()
    assert Refresh.objects.count() == 2
    assert not pending()
    assert (shop.members("others"), shop.members("same")) == (set(), {"clara", "ben", "dora"})
    assert verify(shop.now + DAY).differences == []


def test_leaves_that_are_due_together_are_folded_some_at_a_time(shop, monkeypatch):
    monkeypatch.setattr(sets, "FOLD_AFTER", 1)
    monkeypatch.setattr(sets, "FOLDS_AT_ONCE", 2)
    for number in range(5):
        shop.publishes(f"one-{number}", {"did": {"event": "Visit", "within": f"{number + 1} days"}})
    for user in ("clara", "ben"):
        shop.does(user, "Visit")
        shop.refreshes()
    own = Leaf.objects.filter(condition__in__isnull=True, flips__isnull=False).distinct()
    assert LeafFlip.objects.filter(leaf__in=own).exists()
    for user in ("dora", "emil", "ida"):
        shop.does(user, "Visit")
        shop.refreshes()
    assert verify(shop.now + DAY).differences == []


def test_the_clock_is_the_workers_and_the_schedulers_only_when_nobody_looked_for_a_minute(db):
    assert not due()
    assert tick() is not None
    assert not due()
    assert tick() is None
    Clock.objects.update(at=database_time() - MINUTE)
    assert due()
    assert not pending()
    assert tick() is not None


def test_only_segments_that_something_concerns_are_looked_at(shop, monkeypatch):
    for number in range(5):
        shop.publishes(f"one-{number}", {"did": {"event": f"Event {number}"}})
    shop.publishes("above", {"in": {"segment": "one-2"}})
    shop.does("ben", "Sign up")
    shop.refreshes()
    looked = []
    recombine = refresher.Run._recombine
    monkeypatch.setattr(
        refresher.Run,
        "_recombine",
        lambda run, place: looked.append(place.planned.segment.slug) or recombine(run, place),
    )
    shop.does("ben", "Event 2")
    shop.refreshes()
    assert looked == ["one-2", "above"]
    assert In("above").digest in {bytes(row.digest) for row in Leaf.objects.filter(flips__isnull=False)}
