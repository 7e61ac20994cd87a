"""What is counted over columns of ids, or narrowed before it is put in order, is what the plain query finds."""

from datetime import timedelta

import pytest
from django.db import connection

from segments import rules, tally
from segments.bitmaps import ask_set
from segments.leaves.happened import EVENTS, Happened
from segments.world import World
from tests.segments.shop import Shop

LARGEST = 9_000_000_000_000_000_000 // 100
STEPS = [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}]
SAME = [{"event": "Order Completed"}, {"event": "Order Completed"}]


def did(**more):
    return {"did": {"event": "Order Completed", **more}}


def worth(op, value, **more):
    return {"measure": {"sum": "", "event": "Order Completed", "op": op, "value": value, **more}}


def then(steps, **more):
    return {"then": {"steps": steps, **more}}


RULES = [
    did(),
    did(at_least=2, within="30 days"),
    did(at_least=3, where=[{"property": "category", "op": "is", "value": "shoes"}]),
    *(worth(op, value) for op in ("over", "under", "is") for value in (-5, 0, 10, 10.005, 25.5, 1e299, -1e299)),
    *(worth("between", pair, **more) for pair in ([0, 25], [10.001, 10.009], [-3, 5]) for more in ({}, {"not": True})),
    worth("over", 10, within="2 days", where=[{"property": "category", "op": "is", "value": "shoes"}]),
    then(STEPS),
    *(then(STEPS, **{"in": limit}) for limit in ("1 minute", "5 hours", "1 day", "3 weeks")),
    then(STEPS, **{"in": "1 day"}, same="category", within="2 days"),
    *(then(SAME, **more) for more in ({}, {"in": "1 day"}, {"same": "category"})),
    then([*SAME, *SAME], **{"in": "40 days"}),
    then([STEPS[1], {**STEPS[2], "not": True}], **{"in": "1 day"}),
]


@pytest.fixture
def shop(db):
    shop = Shop()
    for number in range(40):
        for step, event in enumerate(["Product Viewed", "Product Added", "Order Completed"]):
            # From nothing to days between them, and some at one moment, or in another order.
            ago = timedelta(days=number % 37, hours=(number * 7) % 11 - step * (number % 5) * 6 + 48)
            value = [12.34, 0.01, -3][number % 3]
            category = ["shoes", "tents", None][(number + step) % 3]
            for _again in range(1 + number % 4 // 3):
                shop.does(f"buyer-{number % 17}", event, ago=ago, value=value, category=category)
    shop.does("buyer-free", "Order Completed")
    shop.does("buyer-exact", "Order Completed", value=25.5)
    return shop


def leaves(shop):
    world, at = World.now(), shop.now + timedelta(seconds=1)
    for raw in RULES:
        for leaf in rules.leaves(rules.normal(rules.parse(raw))).values():
            assert isinstance(leaf, Happened)
            yield leaf, leaf.of_everybody(at, world), ask_set(leaf.query(at, world, EVENTS))


def test_of_everybody_the_quick_way_finds_whom_the_plain_query_finds(shop):
    found = list(leaves(shop))
    for leaf, quickly, plainly in found:
        assert quickly == plainly, leaf
    # They are not all alike.
    assert len({bytes(plainly.serialize()) for _leaf, _quickly, plainly in found}) > 12


def test_events_that_are_too_many_to_send_at_once_are_sent_in_parts(shop, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE profiles_event")
    monkeypatch.setattr(tally, "AT_ONCE", 10)
    world = World.now()
    events = tally.Events(world.events["Order Completed"], shop.now - timedelta(days=60), shop.now)
    assert len(list(events.parts())) > 3
    for leaf, quickly, plainly in leaves(shop):
        assert quickly == plainly, leaf


def test_a_sum_beyond_64_bits_is_the_databases_to_compute(shop):
    for _order in range(3):
        shop.does("buyer-rich", "Order Completed", value=LARGEST)
    for leaf, quickly, plainly in leaves(shop):
        assert quickly == plainly, leaf
    world = World.now()
    events = tally.Events(world.events["Order Completed"], shop.now - timedelta(days=60), shop.now)
    assert tally.worth(events) is None
