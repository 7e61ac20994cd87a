"""Ready-made segments about visits and where they come from."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from profiles.derived import VISIT_STARTED
from segments.ready import Ready, register
from segments.world import World
from tracking.channels import Channel

_PAID = [Channel.PAID_SEARCH, Channel.PAID_SOCIAL, Channel.PAID_SHOPPING, Channel.PAID_VIDEO]


@register
def visits(_world: World) -> Iterable[Ready]:
    """By channel, and by how often they come."""
    return [
        Ready(
            "from-advertisements",
            _("Came by an advertisement"),
            _("A paid search or a paid post brought them to the shop in the last 30 days."),
            _came_by([channel.value for channel in _PAID]),
            "engaged",
            "ads_click",
        ),
        Ready(
            "from-assistants",
            _("Came by an AI assistant"),
            _("An answer of an AI assistant brought them to the website in the last 30 days."),
            _came_by([Channel.ASSISTANTS.value]),
            "engaged",
            "smart_toy",
        ),
        Ready(
            "come-often",
            _("Come often, never order"),
            _("Visited the website five times or more in the last 30 days, and never ordered."),
            {
                "all": [
                    {"did": {"event": VISIT_STARTED, "at_least": 5, "within": "30 days"}},
                    {"none": [{"did": {"event": "Order Completed"}}]},
                ]
            },
            "leads",
            "directions_walk",
        ),
    ]


def _came_by(channels: list[str]) -> dict[str, object]:
    where = [{"property": "channel", "op": "any_of", "value": channels}]
    return {"all": [{"did": {"event": VISIT_STARTED, "within": "30 days", "where": where}}]}
