"""Five hundred live segments over some 260 conditions, as a company has them: most ask what others ask too."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

from django.db import transaction

from bench.database import say
from segments.models import Segment, SegmentVersion

Json = dict[str, Any]

SEGMENTS = 500
CATEGORIES = ["shoes", "jackets", "tents", "bags", "electronics"]
_WINDOWS = ["1 day", "3 days", "7 days", "14 days", "30 days", "60 days", "90 days"]
_EVENTS = ["Page Viewed", "Product Viewed", "Product Added", "Order Completed", "Email Opened"]


def conditions() -> list[Json]:
    """The conditions that the segments share; each is one leaf."""
    return [*_known(), *_counted(), *_filtered(), *_summed(), *_in_order()]


def _known() -> list[Json]:
    countries = [_trait("country", "is", code) for code in ("DE", "FR", "IT", "ES", "BE", "CH")]
    stages = [_trait("stage", "is", stage) for stage in ("lead", "customer", "partner")]
    born = [_trait("born", "date_between", [f"{year}-01-01", f"{year + 9}-12-31"]) for year in range(1940, 2010, 10)]
    birthdays = [_trait("born", "anniversary", days) for days in ("1 day", "7 days", "30 days")]
    return [*countries, *stages, *born, *birthdays, _trait("email_consent", "yes"), _trait("email", "known")]


def _counted() -> list[Json]:
    often = [_did(event, within, at_least) for event, within, at_least in product(_EVENTS, _WINDOWS, (1, 2, 3, 5))]
    between = [
        {"did": {"event": event, "at_least": 1, "between": [far, near]}}
        for event, (far, near) in product(_EVENTS, [("60 days", "30 days"), ("90 days", "60 days")])
    ]
    ever = [{"did": {"event": event, "at_least": count}} for event, count in product(_EVENTS, (1, 10))]
    inactive = [{"inactive": {"for": duration}} for duration in ("3 days", "7 days", "14 days", "30 days", "60 days")]
    return [*often, *between, *ever, *inactive]


def _filtered() -> list[Json]:
    return [
        *(
            _did("Page Viewed", within, where=[{"property": "url", "op": "starts_with", "value": place}])
            for within, place in product(("7 days", "30 days"), ("/sale/", "/shop/", "/blog/"))
        ),
        *(
            {"measure": {"distinct": "category", "event": event, "within": "30 days", "op": "over", "value": value}}
            for event, value in product(("Product Viewed", "Product Added"), (1, 2))
        ),
        *(
            _did(event, within, where=[{"property": "category", "op": "is", "value": category}])
            for event, within, category in product(
                ("Product Viewed", "Product Added", "Order Completed"), ("7 days", "30 days", "90 days"), CATEGORIES
            )
        ),
    ]


def _summed() -> list[Json]:
    return [
        {"measure": {"sum": "", "event": "Order Completed", "within": within, "op": "over", "value": value}}
        for within, value in product(("30 days", "60 days", "90 days"), (50, 100, 200, 500))
    ]


def _in_order() -> list[Json]:
    steps = [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}]
    carts = [{"event": "Product Added"}, {"event": "Order Completed", "not": True}]
    return [
        *({"then": {"steps": steps, "in": "1 day", "within": within}} for within in ("7 days", "30 days")),
        *({"then": {"steps": carts, "in": length, "within": "30 days"}} for length in ("1 day", "3 days")),
        *({"regularly": {"event": event, "periods": 3, "of": 4, "every": "1 week"}} for event in _EVENTS[:3]),
    ]


def publish(count: int = SEGMENTS) -> None:
    """So many segments of one to four of these conditions each, in groups; some ask other segments.

    As rows, without what publishing looks at: that is not what is measured here.
    """
    say(f"Publishing {count} segments")
    random, pool = Random(2), conditions()
    rules: dict[str, Json] = {}
    for number in range(count):
        # The first ones take every condition once.
        some = [pool[number % len(pool)], *random.sample(pool, random.randrange(1, 4))]
        if rules and not random.randrange(20):
            some.append({"in": {"segment": random.choice(list(rules))}})
        rules[f"kept-{number:03}"] = _rule(some, random)
    with transaction.atomic():
        segments = Segment.objects.bulk_create(
            Segment(slug=slug, name=slug, rule=rule, version=1) for slug, rule in rules.items()
        )
        SegmentVersion.objects.bulk_create(
            SegmentVersion(segment=segment, number=1, rule=segment.rule) for segment in segments
        )


def _rule(some: list[Json], random: Random) -> Json:
    """Mostly few people: who are all of it, or all of it but the last, or the first with any of the others."""
    kind = random.choice(["all", "all", "all but", "any"])
    if kind == "all but":
        return {"all": [*some[:-1], {"none": some[-1:]}]}
    if kind == "any":
        return {"all": [some[0], {"any": some[1:]}]}
    return {"all": some}


def _trait(key: str, op: str, *value: object) -> Json:
    return {"where": {"attribute": f"traits.{key}", "op": op, **({"value": value[0]} if value else {})}}


def _did(event: str, within: str, at_least: int = 1, **condition: object) -> Json:
    return {"did": {"event": event, "at_least": at_least, "within": within, **condition}}
