"""The rules that the figures speak of, in the rule language (numbered as in docs/benchmarks.md)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from segments.models import Segment
from segments.publish import publish

Json = dict[str, Any]


def _trait(key: str, op: str, *value: object) -> Json:
    return {"where": {"attribute": f"traits.{key}", "op": op, **({"value": value[0]} if value else {})}}


def _did(event: str, within: str, at_least: int = 1, **condition: object) -> Json:
    return {"did": {"event": event, "at_least": at_least, "within": within, **condition}}


def _value(op: str, value: int, within: str, **condition: object) -> Json:
    """The sum of what the orders of a window were worth."""
    return {"measure": {"sum": "", "event": "Order Completed", "op": op, "value": value, "within": within, **condition}}


def _property(name: str, op: str, value: object) -> list[Json]:
    return [{"property": name, "op": op, "value": value}]


# The segments that rule 10 asks.
BUYERS, INACTIVE = "buyers", "inactive"
SEGMENTS: dict[str, Json] = {
    BUYERS: _did("Order Completed", "90 days", 2),
    INACTIVE: {"inactive": {"for": "14 days"}},
}

# Rule 12 asks a score, which Kith keeps: asking is a look-up (see bench/scores.py). Here it is summed up from the
# events each time, as everything else is.
SCORED = 12
POINTS = {"Page Viewed": 1, "Product Added": 5, "Order Completed": 20, "Email Opened": 3}

RULES: dict[int, tuple[str, Json]] = {
    1: (
        "country is DE, stage is customer, consents to e-mail",
        {"all": [_trait("country", "is", "DE"), _trait("stage", "is", "customer"), _trait("email_consent", "yes")]},
    ),
    2: ("Order Completed in 30 days", _did("Order Completed", "30 days")),
    3: ("Page Viewed 5 times in 7 days", _did("Page Viewed", "7 days", 5)),
    4: (
        "Product Viewed, category is shoes, 3 times in 30 days",
        _did("Product Viewed", "30 days", 3, where=_property("category", "is", "shoes")),
    ),
    5: ("sum of order values over 200 in 90 days", _value("over", 200, "90 days")),
    6: ("inactive for 14 days", {"inactive": {"for": "14 days"}}),
    7: (
        "Product Added and no Order Completed in 3 days",
        {"all": [_did("Product Added", "3 days"), {"none": [_did("Order Completed", "3 days")]}]},
    ),
    8: (
        "viewed, then added, then ordered within a day, in 30 days",
        {
            "then": {
                "steps": [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": "Order Completed"}],
                "in": "1 day",
                "within": "30 days",
            }
        },
    ),
    9: (
        "country, born, orders or value, no unsubscribe, no refund",
        {
            "all": [
                _trait("country", "any_of", ["DE", "FR", "IT"]),
                _trait("born", "date_between", ["1980-01-01", "1995-12-31"]),
                {"any": [_did("Order Completed", "90 days", 2), _value("over", 300, "180 days")]},
                {"none": [_did("Email Unsubscribed", "180 days"), _did("Order Refunded", "180 days")]},
            ]
        },
    ),
    10: (
        "in one segment, not in another, Page Viewed of /sale/… in 14 days",
        {
            "all": [
                {"in": {"segment": BUYERS}},
                {"none": [{"in": {"segment": INACTIVE}}]},
                _did("Page Viewed", "14 days", where=_property("url", "starts_with", "/sale/")),
            ]
        },
    ),
    11: (
        "sum of order values where category is electronics over 100 in 180 days",
        _value("over", 100, "180 days", where=_property("category", "is", "electronics")),
    ),
    12: ("points of at least 50 in 30 days", {"where": {"attribute": "scores.activity", "op": "over", "value": 49}}),
}


def publish_all() -> None:
    """Every rule that needs no score as a live segment; their members come with the next refresh."""
    author: User | None = None
    rules = SEGMENTS | {f"rule-{number}": rule for number, (_words, rule) in RULES.items() if number != SCORED}
    for slug, rule in rules.items():
        publish(Segment(slug=slug, name=slug), rule, author)
