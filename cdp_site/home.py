"""The dashboard: how many, how fresh, what moves, what needs attention. Each figure leads to its page.

The number of queries is the same for a hundred people and for a hundred million, and no figure looks at
everything; what costs something is kept for a while and says how old it is (profiles/kept.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from cdp_site.dashboard import figures
from cdp_site.dashboard.addresses import page
from cdp_site.dashboard.attention import attention, intake
from cdp_site.dashboard.checklist import COOKIE, HIDDEN, checklist
from cdp_site.dashboard.freshness import freshness
from cdp_site.dashboard.syncs import syncs
from cdp_site.dashboard.trends import WEEKS, trends
from cdp_site.seed import demo_key
from connectors.models import Connection
from profiles.kept import Kept, kept
from profiles.plots import Plot
from tracking import charts, reports


def overview(request: HttpRequest) -> dict[str, Any]:
    """For the template, as far as this person may see it."""
    may = request.user.has_perm
    parts: dict[str, Kept[Any]] = {}
    if may("profiles.view_profile"):
        parts["people"] = people = kept("people", figures.people)
        parts["reachable"] = kept("reachable", lambda: figures.reachable(people.value.total))
    if may("profiles.view_eventtype"):
        parts["events"] = kept("events", figures.events)
    if may("tracking.view_visit"):
        parts["visits"] = kept("visits", figures.visits)
        parts["channels"] = kept("channels", lambda: reports.over_time(reports.Period.lately(figures.DAYS)))
    if may("segments.view_segment"):
        parts["trends"] = kept("trends", trends)
    if may("connectors.view_connection"):
        parts["syncs"] = kept("syncs", syncs)
    taking_in = intake()
    return {name: part.value for name, part in parts.items()} | {
        "as_of": min((part.at for part in parts.values()), default=None),
        "channels": _channels(parts.get("channels")),
        "weeks": WEEKS,
        "connections_link": page(Connection),
        "days": figures.DAYS,
        "attention": attention(request, taking_in),
        "freshness": freshness(request, taking_in),
        "checklist": checklist(request),
        "demo": bool(demo_key.kept()),
    }


def put_steps_away(request: HttpRequest) -> HttpResponse:
    """The first steps are done and were seen: they do not come back in this browser."""
    response = redirect("admin:index")
    secure = request.is_secure()
    response.set_cookie(COOKIE, HIDDEN, max_age=timedelta(days=3650), httponly=True, samesite="Lax", secure=secure)
    return response


def _channels(found: Kept[reports.Series] | None) -> Plot | None:
    """The chart in the reader's language; None without visits."""
    if found is None or not found.value.visits:
        return None
    return charts.channels(found.value, _("Visits by channel over the last %(days)s days") % {"days": figures.DAYS})
