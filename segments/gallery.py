"""The ready-made segments that events and traits of the usual names answer, whatever else is connected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from segments.ready import Ready, register
from segments.world import World

ORDERED, ADDED, VIEWED = "Order Completed", "Product Added", "Product Viewed"
# The names under which a day of birth comes; the first is that of the Segment Spec.
_BIRTHDAYS = ("birthday", "birthdate", "birth_date", "date_of_birth", "born")


def _did(event: str, **more: Any) -> dict[str, Any]:
    return {"did": {"event": event, **more}}


def _never(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"none": list(conditions)}


def _birthday(world: World) -> str:
    """The attribute that holds it here."""
    keys = [f"traits.{name}" for name in _BIRTHDAYS]
    return next((key for key in keys if key in world.attributes and world.attributes[key].type == "date"), keys[0])


@register
def customers(_world: World) -> Iterable[Ready]:
    """People who have ordered."""
    return [
        Ready(
            "vip",
            _("VIP"),
            _("Ordered for more than 250 at least twice in the last six months."),
            {
                "all": [
                    _did(
                        ORDERED,
                        at_least=2,
                        within="6 months",
                        where=[{"property": "revenue", "op": "over", "value": 250}],
                    )
                ]
            },
            "customers",
            "diamond",
        ),
        Ready(
            "big-spenders",
            _("Big spenders"),
            _("Spent more than 1,000 in the last twelve months."),
            {"all": [{"measure": {"sum": "", "event": ORDERED, "within": "12 months", "op": "over", "value": 1000}}]},
            "customers",
            "payments",
        ),
        Ready(
            "recent-buyers",
            _("Recent buyers"),
            _("Ordered in the last 30 days."),
            {"all": [_did(ORDERED, within="30 days")]},
            "customers",
            "shopping_bag",
        ),
        Ready(
            "first-order",
            _("First order this week"),
            _("Placed their first order in the last 7 days: the CRM is told of them."),
            {"all": [{"first": {"event": ORDERED, "within": "7 days"}}]},
            "customers",
            "looks_one",
        ),
        Ready(
            "regulars",
            _("Regulars"),
            _("Ordered in at least four of the last six months."),
            {"all": [{"regularly": {"event": ORDERED, "periods": 4, "of": 6, "every": "1 month"}}]},
            "customers",
            "event_repeat",
        ),
        Ready(
            "one-order-only",
            _("One order only"),
            _("Ordered once, more than a month ago: the second order is the hardest."),
            {"all": [_did(ORDERED, exactly=1), {"last": {"event": ORDERED, "before": "30 days"}}]},
            "customers",
            "counter_1",
        ),
    ]


@register
def leads(_world: World) -> Iterable[Ready]:
    """People who have not ordered yet, or not what they looked at."""
    return [
        Ready(
            "cart-abandoned",
            _("Cart abandoned"),
            _("Put something into the cart in the last 7 days and ordered nothing in that time."),
            {
                "all": [
                    _did(ADDED, at_least=1, within="7 days"),
                    _never(_did(ORDERED, at_least=1, within="7 days")),
                ]
            },
            "leads",
            "remove_shopping_cart",
        ),
        Ready(
            "browse-abandoned",
            _("Looked and left"),
            _("Viewed a product this week and put none into the cart within a day."),
            {
                "all": [
                    {
                        "then": {
                            "steps": [{"event": VIEWED}, {"event": ADDED, "not": True}],
                            "in": "1 day",
                            "within": "7 days",
                        }
                    }
                ]
            },
            "leads",
            "visibility",
        ),
        Ready(
            "new-leads",
            _("New leads"),
            _("Signed up in the last 30 days, and has not ordered yet."),
            {"all": [_did("Signed Up", at_least=1, within="30 days"), _never(_did(ORDERED))]},
            "leads",
            "person_add",
        ),
        Ready(
            "new-this-month",
            _("New this month"),
            _("Signed up in the last 30 days."),
            {"all": [_did("Signed Up", at_least=1, within="30 days")]},
            "leads",
            "waving_hand",
        ),
    ]


@register
def leaving(_world: World) -> Iterable[Ready]:
    """Customers who stay away."""
    return [
        Ready(
            "lapsing",
            _("Lapsing"),
            _("Ordered before, and has not been seen for 30 days."),
            {"all": [_did(ORDERED, at_least=1), {"inactive": {"for": "30 days"}}]},
            "leaving",
            "hourglass_bottom",
        ),
        Ready(
            "win-back",
            _("Win-back"),
            _("Their last order is six to eighteen months ago."),
            {"all": [{"last": {"event": ORDERED, "between": ["18 months", "6 months"]}}]},
            "leaving",
            "replay",
        ),
        Ready(
            "churn-risk",
            _("Churn risk"),
            _("Ordered three times or more in a year, and not at all for the last three months."),
            {"all": [{"stopped": {"event": ORDERED, "between": ["12 months", "3 months"], "at_least": 3}}]},
            "leaving",
            "trending_down",
        ),
        Ready(
            "came-back",
            _("Came back"),
            _("Ordered again after half a year without an order."),
            {"all": [{"resumed": {"event": ORDERED, "between": ["7 months", "1 month"]}}]},
            "leaving",
            "keyboard_return",
        ),
    ]


@register
def engaged(_world: World) -> Iterable[Ready]:
    """What they do on the website and with letters."""
    return [
        Ready(
            "engaged-this-week",
            _("Engaged this week"),
            _("Looked at three products or more in the last 7 days, and is no VIP yet."),
            {"all": [_did(VIEWED, at_least=3, within="7 days"), _never({"in": {"segment": "vip"}})]},
            "engaged",
            "local_fire_department",
        ),
        Ready(
            "newsletter-readers",
            _("Newsletter readers"),
            _("Opened two letters or more in the last three months."),
            {"all": [_did("Email Opened", at_least=2, within="3 months")]},
            "engaged",
            "drafts",
        ),
        Ready(
            "silent-subscribers",
            _("Silent subscribers"),
            _("Got three letters or more in the last three months, and opened none of them."),
            {
                "all": [
                    _did("Email Delivered", at_least=3, within="3 months"),
                    _never(_did("Email Opened", within="3 months")),
                ]
            },
            "engaged",
            "mark_email_unread",
        ),
    ]


@register
def occasions(world: World) -> Iterable[Ready]:
    """Days of the calendar, and chance."""
    birthday = _birthday(world)
    return [
        Ready(
            "birthday",
            _("Birthday this week"),
            _("Has their birthday within the next seven days."),
            {"all": [{"where": {"attribute": birthday, "op": "anniversary", "value": "7 days"}}]},
            "occasions",
            "cake",
            {birthday: _("a date of birth (the trait “birthday”)")},
        ),
        Ready(
            "first-anniversary",
            _("A year a customer"),
            _("Placed their first order a year ago this week."),
            {"all": [{"first": {"event": ORDERED, "between": ["53 weeks", "52 weeks"]}}]},
            "occasions",
            "celebration",
        ),
        Ready(
            "control-group",
            _("Control group"),
            _("One in ten, always the same people: leave them out, and see what a campaign changes."),
            {"all": [{"share": {"percent": 10, "name": "control"}}]},
            "occasions",
            "science",
        ),
    ]
