"""Ready-made segments: what a shop asks first."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

RISKS = ["At Risk", "Cannot Lose Them"]
PAID = ["Paid Search", "Paid Social", "Paid Shopping", "Paid Video"]


class Ready(NamedTuple):
    """A segment to begin with."""

    slug: str
    name: str
    description: str
    rule: dict[str, Any]


def ready() -> list[Ready]:
    """All of them, in the current language; one that asks another comes after it."""
    return [
        Ready(
            "vip",
            _("VIP"),
            _("Ordered for more than 250 at least twice in the last six months."),
            {
                "all": [
                    {
                        "did": {
                            "event": "Order Completed",
                            "at_least": 2,
                            "within": "6 months",
                            "where": [{"property": "revenue", "op": "over", "value": 250}],
                        }
                    }
                ]
            },
        ),
        Ready(
            "new-this-month",
            _("New this month"),
            _("Signed up in the last 30 days."),
            {"all": [{"did": {"event": "Signed Up", "at_least": 1, "within": "30 days"}}]},
        ),
        Ready(
            "first-order",
            _("First order this week"),
            _("Placed their first order in the last 7 days: the CRM is told of them."),
            {"all": [{"first": {"event": "Order Completed", "within": "7 days"}}]},
        ),
        Ready(
            "cart-abandoned",
            _("Cart abandoned"),
            _("Put something into the cart in the last 7 days and ordered nothing in that time."),
            {
                "all": [
                    {"did": {"event": "Product Added", "at_least": 1, "within": "7 days"}},
                    {"none": [{"did": {"event": "Order Completed", "at_least": 1, "within": "7 days"}}]},
                ]
            },
        ),
        Ready(
            "lapsing",
            _("Lapsing"),
            _("Ordered before, and has not been seen for 30 days."),
            {
                "all": [
                    {"did": {"event": "Order Completed", "at_least": 1}},
                    {"inactive": {"for": "30 days"}},
                ]
            },
        ),
        Ready(
            "french-customers",
            _("French customers"),
            _("Customers and VIPs who live in France."),
            {
                "all": [
                    {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}},
                    {"where": {"attribute": "traits.stage", "op": "any_of", "value": ["customer", "vip"]}},
                ]
            },
        ),
        Ready(
            "recent-buyers",
            _("Recent buyers"),
            _("Ordered in the last 30 days."),
            {"all": [{"did": {"event": "Order Completed", "within": "30 days"}}]},
        ),
        Ready(
            "engaged-this-week",
            _("Engaged this week"),
            _("Looked at three products or more in the last 7 days, and is no VIP yet."),
            {
                "all": [
                    {"did": {"event": "Product Viewed", "at_least": 3, "within": "7 days"}},
                    {"none": [{"in": {"segment": "vip"}}]},
                ]
            },
        ),
        Ready(
            "hot-leads",
            _("Hot leads"),
            _("Their lead score is hot, and they have not ordered yet: for sales to call."),
            {"all": [{"where": {"attribute": "scores.lead.band", "op": "is", "value": _("hot")}}]},
        ),
        Ready(
            "at-risk",
            _("Customers at risk"),
            _("Bought well once, and stay away by now."),
            {"all": [{"where": {"attribute": "scores.rfm.band", "op": "any_of", "value": RISKS}}]},
        ),
        Ready(
            "from-advertisements",
            _("Came by an advertisement"),
            _("A paid search or a paid post brought them to the shop in the last 30 days."),
            {
                "all": [
                    {
                        "did": {
                            "event": "Visit Started",
                            "within": "30 days",
                            "where": [{"property": "channel", "op": "any_of", "value": PAID}],
                        }
                    }
                ]
            },
        ),
        Ready(
            "newsletter-readers",
            _("Newsletter readers"),
            _("Opened two letters or more in the last three months."),
            {"all": [{"did": {"event": "Email Opened", "at_least": 2, "within": "3 months"}}]},
        ),
    ]
