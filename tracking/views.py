"""The page about visits: how many, from where, and what came of them. Every row can become a segment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.kept import kept
from profiles.plots import Plot
from segments.windows import today
from tracking import channels, charts, panels, reports
from tracking.reports import DIMENSIONS, Dimension, Period, Row, Series, Summary

RANGES = (7, 30, 90)
DEFAULT = 30
# The tables in two columns of about the same height.
_COLUMNS = (("channel", "landing"), ("source", "campaign", "device"))
_BOTS = (("agent",), ("landing",))
# Further back than this a page would look at more visits than somebody waits for.
LONGEST_DAYS = 730


@dataclass(frozen=True)
class Asked:
    """What an address asks: a period, the days of a moving one (None: chosen by dates), and whose visits."""

    period: Period
    within: int | None
    bots: bool

    @classmethod
    def read(cls, params: QueryDict) -> Asked:
        """`?days=7`, or `?since=2026-03-01&until=2026-03-31`; `&bots`. What makes no sense is the last 30 days."""
        bots = "bots" in params
        since, until = _day(params.get("since", "")), _day(params.get("until", ""))
        now = timezone.now()
        if since and until:
            last = min(max(since, until), today(now))
            first = min(since, until, last)
            if (last - first).days < LONGEST_DAYS:
                return cls(Period(first, last, now), None, bots)
        days = params.get("days", "")
        within = int(days) if days in {str(one) for one in RANGES} else DEFAULT
        return cls(Period.lately(within), within, bots)

    def params(self, **other: str) -> str:
        """The address of the same, or with something else."""
        said = {"days": str(self.within)} if self.within else _dates(self.period)
        return urlencode(said | ({"bots": "1"} if self.bots else {}) | other)


@dataclass(frozen=True)
class Reports:
    """What the page says: `columns` of tables, each the rows by the key of a dimension."""

    summary: Summary
    series: Series
    columns: list[dict[str, list[Row]]]

    @classmethod
    def of(cls, asked: Asked) -> Reports:
        """One statement each."""
        period, bots = asked.period, asked.bots
        return cls(
            reports.summary(period, bots=bots),
            reports.over_time(period, bots=bots),
            [
                {key: reports.breakdown(DIMENSIONS[key], period, bots=bots) for key in keys}
                for keys in (_BOTS if bots else _COLUMNS)
            ],
        )


@dataclass(frozen=True)
class Line:
    """A row of a table: what it is called, its figures, and the address that makes a segment of it (or "")."""

    name: str
    row: Row
    segment: str


@dataclass(frozen=True)
class Table:
    """One table of the page."""

    dimension: Dimension
    lines: Sequence[Line]
    nothing: str | Promise


def web(request: HttpRequest) -> HttpResponse:
    """The page. Seven queries, whatever the number of visits, and none when they were asked a moment ago."""
    if not request.user.has_perm("tracking.view_visit"):
        raise PermissionDenied
    asked = Asked.read(request.GET)
    found = kept(f"web.{asked.period.first}.{asked.period.last}.{asked.bots}", lambda: Reports.of(asked))
    summary, series = found.value.summary, found.value.series
    may_build = request.user.has_perm("segments.add_segment") and not asked.bots
    context = admin.site.each_context(request) | {
        "title": _("Web analytics"),
        "asked": asked,
        "summary": summary,
        "ranges": [(days, ngettext("%d day", "%d days", days) % days, days == asked.within) for days in RANGES],
        "period": _words(asked.period),
        "before": _words(asked.period.before),
        "latest": today(timezone.now()).isoformat(),
        "chart": _chart(series),
        "columns": [
            [_table(DIMENSIONS[key], rows, asked, may_build) for key, rows in column.items()]
            for column in found.value.columns
        ],
        "as_of": found.at,
        "may_build": may_build,
        "ever": bool(summary.now.visits or summary.before.visits or summary.apart) or reports.ever(),
        "other_address": f"?{Asked(asked.period, asked.within, not asked.bots).params()}",
        "is_fullwidth": "1",
    }
    return TemplateResponse(request, "tracking/web.html", context)


def _chart(series: Series) -> Plot | None:
    label = _("Visits by channel over time, with those of the period before")
    return charts.channels(series, label, 320, compared=True) if series.visits else None


def _table(dimension: Dimension, rows: Sequence[Row], asked: Asked, may_build: bool) -> Table:
    lines = [
        Line(_name(dimension, row.values), row, _segment(dimension, row, asked) if may_build else "") for row in rows
    ]
    nothing = _("No visit came from a campaign.") if dimension.key == "campaign" else _("No visit in this time.")
    return Table(dimension, lines, nothing)


def _name(dimension: Dimension, values: Sequence[str]) -> str:
    said = {"channel": channels.words, "device": panels.device}.get(dimension.key, str)
    return " / ".join(said(value) or _("(none)") for value in values)


def _segment(dimension: Dimension, row: Row, asked: Asked) -> str:
    """The builder, begun with the rule of the people with such visits, and named after them."""
    rule = reports.rule(dimension, row.values, asked.period, asked.within)
    if rule is None:
        return ""
    name = f"{dimension.label}: {_name(dimension, row.values)}"[:120]
    said = {"rule": json.dumps(rule, ensure_ascii=False), "name": name}
    return f"{reverse('admin:segments_segment_add')}?{urlencode(said)}"


def _words(period: Period) -> str:
    if period.days == 1:
        return str(date_format(period.first, "DATE_FORMAT"))
    first, last = (date_format(day, "DATE_FORMAT") for day in (period.first, period.last))
    return f"{first} – {last}"


def _dates(period: Period) -> dict[str, str]:
    return {"since": period.first.isoformat(), "until": period.last.isoformat()}


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year > 2000 else None
