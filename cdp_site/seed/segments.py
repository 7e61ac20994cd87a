"""The segments of the demo shop: ready-made ones that it can fill, and one of its own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from segments import ready as gallery
from segments.ready import Ready
from segments.world import World

# One that asks another comes after it.
_PICKED = [
    *("vip", "new-this-month", "first-order", "cart-abandoned", "lapsing", "french-customers", "recent-buyers"),
    *("engaged-this-week", "hot-leads", "at-risk", "from-advertisements", "newsletter-readers"),
]


def ready() -> list[Ready]:
    """All of them, in the current language and in the order in which they can be published."""
    there = {one.slug: one for one in [*gallery.ready(World.now()), _french_customers()]}
    return [there[slug] for slug in _PICKED]


def _french_customers() -> Ready:
    return Ready(
        "french-customers",
        _("French customers"),
        _("Customers and VIPs who live in France."),
        {
            "all": [
                {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}},
                {"where": {"attribute": "traits.stage", "op": "any_of", "value": ["customer", "vip"]}},
            ]
        },
        "customers",
    )
