"""Ready-made scores: how engaged people are, which customers they are, and which leads are worth a call."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _


class ReadyScore(NamedTuple):
    """A score to begin with."""

    slug: str
    name: str
    description: str
    method: str
    config: dict[str, Any]


def ready() -> list[ReadyScore]:
    """All of them, in the current language."""
    return [
        ReadyScore(
            "engagement",
            _("Engagement"),
            _("What people do on the website and with mails, falling over one to three months."),
            "points",
            {
                "items": [
                    _did("Page Viewed", 0.5, 30, _("Pages viewed"), "browsing", most=20, per="day"),
                    _did("Product Viewed", 2, 30, _("Products viewed"), "browsing", most=10, per="day"),
                    _did("Product Added", 5, 45, _("Put into the cart")),
                    _did("Order Completed", 20, 90, _("Orders")),
                    _did("Email Opened", 1, 45, _("Mails opened"), "mails"),
                    _did("Email Clicked", 3, 45, _("Clicks in mails"), "mails"),
                    {
                        "event": "Email Unsubscribed",
                        "points": -15,
                        "within": 180,
                        "most": 1,
                        "label": _("Unsubscribed"),
                    },
                ],
                "groups": {"browsing": {"most": 30}, "mails": {"most": 15}},
                "most": 100,
                "least": 0,
                "bands": [
                    {"name": _("cold")},
                    {"name": _("warm"), "enter": 15, "leave": 12, "tone": "warn"},
                    {"name": _("hot"), "enter": 45, "leave": 38, "tone": "good"},
                ],
            },
        ),
        ReadyScore(
            "rfm",
            _("RFM"),
            _("How recently, how often and for how much customers buy, compared with all of them."),
            "rfm",
            {"event": "Order Completed", "refunds": "Order Refunded", "within": 365},
        ),
        ReadyScore(
            "lead",
            _("Lead"),
            _("Who has not ordered yet, and how close they seem to it: for sales to call."),
            "points",
            {
                "audience": {
                    "all": [
                        {"where": {"attribute": "traits.email", "op": "known"}},
                        {"none": [{"did": {"event": "Order Completed"}}]},
                    ]
                },
                "items": [
                    _did("Product Viewed", 3, 21, _("Products viewed"), "browsing", most=8, per="day"),
                    _did("Page Viewed", 0.5, 21, _("Pages viewed"), "browsing", most=20, per="day"),
                    _did("Product Added", 10, 30, _("Put into the cart"), "intent"),
                    _did("Checkout Started", 20, 30, _("Went to the checkout"), "intent"),
                    _did("Email Clicked", 5, 30, _("Clicks in mails"), "mails"),
                    _did("Signed Up", 10, 60, _("Signed up"), most=1),
                    {
                        "rule": {"where": {"attribute": "traits.phone", "op": "known"}},
                        "points": 5,
                        "label": _("Phone number known"),
                    },
                    {
                        "event": "Email Unsubscribed",
                        "points": -20,
                        "within": 180,
                        "most": 1,
                        "label": _("Unsubscribed"),
                    },
                ],
                "groups": {"browsing": {"most": 30}, "intent": {"most": 50}, "mails": {"most": 15}},
                "most": 100,
                "least": 0,
                "bands": [
                    {"name": _("cold")},
                    {"name": _("warm"), "enter": 20, "leave": 15, "tone": "warn"},
                    {"name": _("hot"), "enter": 45, "leave": 38, "tone": "good"},
                ],
            },
        ),
    ]


def _did(event: str, points: float, decay: int, label: str, group: str = "", **limits: Any) -> dict[str, Any]:
    grouped = {"group": group} if group else {}
    return {"event": event, "points": points, "decay": decay, "label": label, **grouped, **limits}
