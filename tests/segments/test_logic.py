"""What is claimed of two conditions without looking at data is true of the data of a shop."""

from datetime import timedelta
from itertools import permutations, product
from random import Random

import pytest
from django.utils import timezone

from segments import rules
from segments.bitmaps import BitMap64
from segments.implied import excludes, implies, impossible
from segments.leaves.base import conditions
from segments.logic import Table
from segments.models import Segment
from segments.publish import publish
from segments.world import World
from tests.segments.shop import Shop

ORDER = "Order Completed"
WINDOWS = [
    {},
    *({"within": text} for text in ("10 days", "1 month", "31 days", "6 weeks")),
    *({"before": text} for text in ("10 days", "40 days")),
    {"between": ["40 days", "10 days"]},
    {"between": ["10 days", "40 days"]},
    {"since": "2026-01-01"},
    {"since": "2026-02-01", "until": "2026-03-01"},
]
FILTERS = [{}, {"where": [{"property": "category", "op": "is", "value": "shoes"}]}]


def where(op, value=None, attribute="country"):
    return {"where": {"attribute": f"traits.{attribute}", "op": op, **({} if value is None else {"value": value})}}


RULES = [
    *(where(op, value) for op in ("is", "starts_with", "ends_with", "contains") for value in ("FR", "F", "DE", "E")),
    *(where("any_of", value) for value in (["FR"], ["FR", "DE"], ["IT"])),
    *(where(op, value, "age") for op in ("is", "over", "under") for value in (20, 30, 40)),
    *(where("between", value, "age") for value in ([20, 30], [31, 40], [20, 40])),
    *(where("known", attribute=attribute) for attribute in ("country", "age", "born")),
    *(where(op, "1990-05-01", "born") for op in ("on", "before", "after")),
    *(where("date_between", value, "born") for value in (["1990-01-01", "1990-12-31"], ["1991-01-01", "1991-12-31"])),
    *(where(op, "2 weeks", "born") for op in ("in_last", "longer_ago", "in_next", "anniversary")),
    *(where("during", period, "born") for period in ("this year", "last year", "this week")),
    *({"did": {"event": ORDER, "at_least": 1 + at % 3, **window, **some}}
      for at, (window, some) in enumerate(product(WINDOWS, FILTERS))),
    *({"inactive": {"for": text}} for text in ("10 days", "1 month", "2 months")),
    *({"measure": {"sum": "price", "event": ORDER, "op": op, "value": 60, "not": no, **window}}
      for op in ("over", "under") for no in (True, False) for window in WINDOWS[:2]),
    {"regularly": {"event": ORDER, "periods": 2, "of": 6, "every": "1 month"}},
    {"then": {"steps": [{"event": ORDER}, {"event": "Page Viewed"}], "within": "1 month"}},
    {"then": {"steps": [{"event": ORDER}, {"event": "Page Viewed", "not": True}], "in": "1 day"}},
    *({"share": {"percent": percent, "name": name}} for percent in (20, 60) for name in ("", "spring")),
    *({key: {"segment": "french", **more}} for key, more in (
        ("in", {}), ("was", {}), ("entered", {}), ("entered", {"within": "7 days"}), ("stayed", {"for": "1 day"}),
        ("left", {}))),
]  # fmt: skip


@pytest.fixture
def sets(db):
    """Each leaf of these rules with its people."""
    shop, chance = Shop(), Random(7)
    shop.now = timezone.now()
    for number in range(120):
        user = f"user-{number}"
        country, age = chance.choice(["FR", "DE", "IT", "FRE", None]), chance.choice([19, 20, 25, 30, 35, 40, None])
        born = chance.choice(["1990-05-01", "1990-07-01", "1991-02-03", "1980-01-01", None])
        traits = {"country": country, "age": age, "born": born}
        shop.is_known(user, **{key: value for key, value in traits.items() if value is not None})
        for _event in range(chance.choice([0, 0, 1, 2, 5])):
            category, ago = chance.choice(["shoes", "hats"]), timedelta(days=chance.uniform(0, 200))
            shop.does(user, ORDER, ago=ago, category=category, price=chance.choice([10, 50, 100]))
        if chance.random() < 0.5:
            shop.does(user, "Page Viewed", ago=timedelta(days=chance.uniform(0, 100)))
    publish(Segment(slug="french", name="French"), where("is", "FR"), None)
    shop.refreshes()
    world, at = World.now(), shop.now + timedelta(days=2)
    leaves = {}
    for rule in RULES:
        leaves |= rules.leaves(rules.normal(rules.parse(rule)))
    return [(leaf, type(leaf).ask({0: leaf}, at, None, world).get(0, BitMap64())) for leaf in leaves.values()]


def test_what_is_claimed_of_conditions_is_so(sets):
    claimed = {"implied": 0, "excluded": 0, "impossible": 0}
    for leaf, people in sets:
        if impossible(leaf):
            claimed["impossible"] += 1
            assert not people, leaf
    for (one, first), (other, second) in permutations(sets, 2):
        if implies(one, other):
            claimed["implied"] += 1
            assert first <= second, (one, other)
        if excludes(one, other):
            claimed["excluded"] += 1
            assert not first & second, (one, other)
    assert claimed["implied"] > 150
    assert claimed["excluded"] > 100
    assert claimed["impossible"] == 2


def test_nothing_is_claimed_of_the_examples_of_different_kinds(db):
    examples = [
        rules.parse({key: example}) for key, kind in conditions().items() if kind.label for example in kind.examples[:1]
    ]
    table = Table.of(rules.Group("any", tuple(examples[:6])))
    assert table
    assert not table.always(rules.Group("any", tuple(examples[:6])))
    assert not any(table.never(example) for example in examples[:6])
