"""How old everything computed is, part by part, along the way of the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cdp_site.dashboard.attention import STALE, STALE_SCORES, Intake
from connectors.models import Position
from profiles.plots import number
from scoring.models import ScoreModel
from segments import roster
from segments.models import Verification


@dataclass(frozen=True)
class Line:
    """A part and up to when it is true; `said` instead of a time where there is none. `tone`: good, warn or bad."""

    label: str | Promise
    tone: str
    at: datetime | None = None
    said: str | Promise = ""


_NOT_YET = gettext_lazy("not yet")


def freshness(request: HttpRequest, taking_in: Intake) -> list[Line]:
    """What this person may know of; one query for each part."""
    may = request.user.has_perm
    lines = [_intake(taking_in)]
    if may("segments.view_segment"):
        lines.append(_line(_("Segments"), roster.as_of(), STALE.total_seconds()))
    if may("scoring.view_scoremodel"):
        oldest = ScoreModel.objects.filter(enabled=True).aggregate(at=Min("computed_at"))["at"]
        lines.append(_line(_("Scores"), oldest, STALE_SCORES.total_seconds()))
    if may("connectors.view_connection"):
        lines.append(_line(_("CRM read"), Position.objects.aggregate(at=Max("upto"))["at"], None))
    if may("segments.view_segment"):
        checked = Verification.objects.values_list("at", flat=True).first()
        lines.append(_line(_("Nightly check of segments"), checked, None))
    return lines


def _intake(taking_in: Intake) -> Line:
    if not taking_in.alive:
        return Line(_("Taking in"), "bad", taking_in.oldest, _("stopped"))
    if taking_in.oldest and taking_in.late:
        return Line(_("Taking in"), "warn", taking_in.oldest)
    waiting = number(taking_in.backlog)
    said = _("%(count)s waiting") % {"count": waiting} if taking_in.backlog else _("everything applied")
    return Line(_("Taking in"), "good", said=said)


def _line(label: str, at: datetime | None, late_seconds: float | None) -> Line:
    if at is None:
        return Line(label, "", said=_NOT_YET)
    late = late_seconds is not None and (timezone.now() - at).total_seconds() > late_seconds
    return Line(label, "warn" if late else "good", at)
