"""The visits of a person, as a tab of their page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.models import Profile
from profiles.panels import Panel, register
from tracking.channels import DIRECT_ORIGIN, Channel, words
from tracking.models import Visit

# Visits that are listed, the latest first; and of programs.
LISTED, PROGRAMS = 60, 10
_DEVICES = {
    "desktop": ("computer", gettext_lazy("Computer")),
    "mobile": ("smartphone", gettext_lazy("Phone")),
    "tablet": ("tablet", gettext_lazy("Tablet")),
    "tv": ("tv", gettext_lazy("Television")),
}
# In fewer words than Visit.Why has.
_WHY = {
    Visit.Why.FIRST: gettext_lazy("first visit"),
    Visit.Why.INACTIVITY: gettext_lazy("after a pause"),
    Visit.Why.MIDNIGHT: gettext_lazy("a new day"),
    Visit.Why.CAMPAIGN: gettext_lazy("a new campaign"),
}


@dataclass(frozen=True)
class Line:
    """A visit as it is listed. `origin` says what the channel does not: source, medium and campaign."""

    visit: Visit
    why: str
    channel: str
    origin: str
    lasted: str
    icon: str
    device: str


def context(person: Profile, _request: HttpRequest) -> dict[str, Any]:
    """The visits, and the first, the last and the last that was not direct. A fixed number of queries."""
    everything = Visit.objects.filter(profile_id=person.pk).select_related("source")
    people = everything.filter(bot=False).order_by("-started_at", "-event_id")
    programs = list(everything.filter(bot=True).order_by("-started_at", "-event_id")[:PROGRAMS])
    visits = list(people[:LISTED])
    told = people.order_by().aggregate(visits=Count("event_id"), worth=Sum("value"))
    return {
        "lines": [line(visit) for visit in visits],
        "programs": [line(visit) for visit in programs],
        "touches": _touches(visits, people.last(), people.exclude(channel=Channel.DIRECT).first()),
        "visits": told["visits"],
        "worth": told["worth"],
        "more": told["visits"] > LISTED,
        "listed": LISTED,
    }


def line(visit: Visit) -> Line:
    """One visit in words."""
    icon, device = _DEVICES.get(visit.device, ("devices", ""))
    why = str(_WHY[Visit.Why(visit.why)])
    return Line(visit, why, words(visit.channel), _origin(visit), _lasted(visit), icon, str(device))


def device(name: str) -> str:
    """A stored kind of device in the reader's language."""
    return str(_DEVICES[name][1]) if name in _DEVICES else name


def _origin(visit: Visit) -> str:
    where = "" if visit.origin == DIRECT_ORIGIN else " / ".join(filter(None, (visit.origin, visit.medium)))
    return " · ".join(filter(None, (where, visit.campaign)))


def _touches(visits: list[Visit], first: Visit | None, not_direct: Visit | None) -> list[tuple[str, Line]]:
    named = (
        (_("First visit"), first),
        (_("Last visit"), visits[0] if visits else None),
        (_("Last visit that was not direct"), not_direct),
    )
    return [(name, line(visit)) for name, visit in named if visit]


def _lasted(visit: Visit) -> str:
    """From the first to the last event of a visit; of one event nobody knows how long it was looked at."""
    seconds = int((visit.ended_at - visit.started_at).total_seconds())
    if visit.events < 2:
        return ""
    if seconds < 60:
        return ngettext("%(count)d second", "%(count)d seconds", seconds) % {"count": seconds}
    return ngettext("%(count)d minute", "%(count)d minutes", seconds // 60) % {"count": seconds // 60}


register(Panel("visits", gettext_lazy("Visits"), "tracking/panels/visits.html", context, 15, "travel_explore"))
