"""What the visits of some days say: totals, channels over time, and by source, page, campaign or device.

Days are those of the project's time zone. Every report is one statement over the visits of the period and of the
one before it; bots are counted apart. People are counted once per report, however often they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Case, Count, Q, Value, When
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.windows import midnight, today, zone
from tracking.models import Visit

ROWS = 10
# More colours than this cannot be told apart: the smaller channels become one.
SERIES = 7
OTHERS = ""
_DAYS, _WEEKS = 45, 190


@dataclass(frozen=True)
class Period:
    """Whole days, both included, of which the last may be today; compared with as many days before them."""

    first: date
    last: date
    now: datetime = field(default_factory=timezone.now)

    @classmethod
    def lately(cls, days: int) -> Period:
        """The last so many days, today included."""
        now = timezone.now()
        return cls(today(now) - timedelta(days=days - 1), today(now), now)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The days before. As long as today is not over, they end at this hour too: compared is what can be."""
        gone = timedelta(days=self.days)
        return Period(self.first - gone, self.last - gone, self.now - gone)

    @property
    def running(self) -> bool:
        """Whether its last day is not over."""
        return self.now < midnight(self.last + timedelta(days=1))

    @property
    def start(self) -> datetime:
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The moment before which its visits began."""
        return min(self.now, midnight(self.last + timedelta(days=1)))


@dataclass(frozen=True)
class Totals:
    """What came of some visits. `revenue` is in minor units of the project's currency."""

    visits: int = 0
    people: int = 0
    conversions: int = 0
    revenue: int = 0

    @property
    def rate(self) -> float | None:
        """Visits with an order, in percent; None without visits."""
        return 100 * self.conversions / self.visits if self.visits else None


@dataclass(frozen=True)
class Summary:
    """The totals of a period and of the one before; `apart` are the visits left out: those of bots (or of people)."""

    now: Totals
    before: Totals
    apart: int

    @property
    def share(self) -> float | None:
        """What part of all visits these are, in percent; None without any."""
        everything = self.now.visits + self.apart
        return 100 * self.now.visits / everything if everything else None


@dataclass(frozen=True)
class Series:
    """Visits by channel over time: `visits[channel]` has a number per bucket, the largest channel first.

    `buckets` are the first days of each day, week or month (`step`); `before` the visits of the period before,
    bucket by bucket, as far as it has as many. OTHERS stands for the channels beyond SERIES.
    """

    step: str
    buckets: list[date]
    visits: dict[str, list[int]]
    before: list[int]


@dataclass(frozen=True)
class Dimension:
    """By what visits are told apart: fields of Visit, and the properties of the visit's event that say the same."""

    key: str
    label: str | Promise
    icon: str
    fields: tuple[str, ...]
    properties: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """The visits with these values, and how many the period before had. `share` is of the largest row, in percent."""

    values: tuple[str, ...]
    totals: Totals
    before: int
    share: float


DIMENSIONS = {
    one.key: one
    for one in (
        Dimension("channel", _("Channel"), "hub", ("channel",), ("channel",)),
        Dimension("source", _("Source / medium"), "call_split", ("origin", "medium"), ("source", "medium")),
        Dimension("landing", _("Landing page"), "flight_land", ("landing_page",), ("landing_page",)),
        Dimension("campaign", _("Campaign"), "campaign", ("campaign",), ("campaign",)),
        Dimension("device", _("Device"), "devices", ("device",), ("device",)),
        # What a program calls itself; the event of a visit does not say it.
        Dimension("agent", _("Bot"), "smart_toy", ("browser",), ()),
    )
}


def summary(period: Period, *, bots: bool = False) -> Summary:
    """The totals, in one statement."""
    found = {(bot, current): Totals(*map(int, row)) for bot, current, *row in _rows(_SUMMARY, period)}
    return Summary(
        found.get((bots, True), Totals()),
        found.get((bots, False), Totals()),
        found.get((not bots, True), Totals()).visits,
    )


def over_time(period: Period, *, bots: bool = False) -> Series:
    """Visits by channel and by day, week or month, whichever gives a chart that can be read."""
    step = "day" if period.days <= _DAYS else "week" if period.days <= _WEEKS else "month"
    trunc = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}[step]
    rows = (
        Visit.objects.filter(_within(period) | _within(period.before), bot=bots)
        .values("channel", current=_current(period), bucket=trunc("started_at", tzinfo=zone()))
        .annotate(visits=Count("event_id"))
        .order_by()
    )
    buckets = _buckets(period.first, period.last, step)
    places = {day: index for index, day in enumerate(buckets)}
    earlier = {day: index for index, day in enumerate(_buckets(period.before.first, period.before.last, step))}
    visits: dict[str, list[int]] = {}
    before = [0] * len(buckets)
    for row in rows:
        day = row["bucket"].date()
        if row["current"]:
            visits.setdefault(row["channel"], [0] * len(buckets))[places[day]] += row["visits"]
        elif earlier[day] < len(before):
            before[earlier[day]] += row["visits"]
    return Series(step, buckets, _largest(visits), before)


def breakdown(dimension: Dimension, period: Period, *, bots: bool = False, rows: int = ROWS) -> list[Row]:
    """The visits by a dimension, most visits first, in one statement. A visit without a campaign is in none."""
    # Fields are ours (DIMENSIONS), never a client's words.
    known = "campaign <> ''" if dimension.key == "campaign" else "true"
    statement = _BREAKDOWN.format(fields=", ".join(dimension.fields), known=known)
    width = len(dimension.fields)
    lines = [(line[:width], *map(int, line[width:])) for line in _rows(statement, period, bots=bots, rows=rows)]
    most = lines[0][1] if lines else 0
    return [
        Row(tuple(values), Totals(visits, people, conversions, revenue), before, 100 * visits / most)
        for values, visits, people, conversions, revenue, before in lines
    ]


def rule(dimension: Dimension, values: Sequence[str], period: Period, within: int | None) -> dict[str, Any] | None:
    """The rule of the people with such a visit: in the last `within` days, or on the days of the period.

    None where nothing is known: there is nothing that a rule could ask.
    """
    if not any(values) or not dimension.properties:
        return None
    where: list[dict[str, Any]] = [
        # What a visit does not have, its event does not say.
        {"property": name, "op": "is", "value": value} if value else {"property": name, "op": "known", "not": True}
        for name, value in zip(dimension.properties, values, strict=True)
    ]
    window: Mapping[str, str] = (
        {"within": f"{within} days"}
        if within
        else {"since": period.first.isoformat(), "until": period.last.isoformat()}
    )
    return {"all": [{"did": {"event": "Visit Started", "at_least": 1, **window, "where": where}}]}


def ever() -> bool:
    """Whether there was any visit at all."""
    return Visit.objects.exists()


def _within(period: Period) -> Q:
    return Q(started_at__gte=period.start, started_at__lt=period.end)


def _current(period: Period) -> Case:
    return Case(When(started_at__gte=period.start, then=Value(True)), default=Value(False))


def _rows(statement: str, period: Period, **values: Any) -> list[Any]:
    spans = {"start": period.start, "end": period.end, "earlier": period.before.start, "ago": period.before.end}
    with connection.cursor() as cursor:
        cursor.execute(statement, spans | values)
        return list(cursor.fetchall())


def _buckets(first: date, last: date, step: str) -> list[date]:
    """The first days of the buckets that hold these days."""
    if step == "day":
        return [first + timedelta(days=index) for index in range((last - first).days + 1)]
    if step == "week":
        monday = first - timedelta(days=first.weekday())
        return [monday + timedelta(weeks=index) for index in range((last - monday).days // 7 + 1)]
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _largest(visits: dict[str, list[int]]) -> dict[str, list[int]]:
    ordered = dict(sorted(visits.items(), key=lambda item: (-sum(item[1]), item[0])))
    if len(ordered) <= SERIES + 1:
        return ordered
    names = list(ordered)
    rest = [sum(numbers) for numbers in zip(*(ordered[name] for name in names[SERIES:]), strict=True)]
    return {name: ordered[name] for name in names[:SERIES]} | {OTHERS: rest}


# People first, then everything else: a hash of people takes half the time of count(DISTINCT), which sorts all visits.
_SUMMARY = """
    SELECT bot, current, sum(visits), count(*), sum(conversions), sum(revenue)
    FROM (
        SELECT bot, started_at >= %(start)s AS current, profile_id, count(*) AS visits,
               count(*) FILTER (WHERE converted) AS conversions, sum(value) AS revenue
        FROM tracking_visit
        WHERE (started_at >= %(start)s AND started_at < %(end)s)
           OR (started_at >= %(earlier)s AND started_at < %(ago)s)
        GROUP BY 1, 2, 3
    ) AS person
    GROUP BY 1, 2"""
_BREAKDOWN = """
    SELECT {fields}, sum(visits), count(*) FILTER (WHERE visits > 0), sum(conversions), sum(revenue), sum(before)
    FROM (
        SELECT {fields}, profile_id,
               count(*) FILTER (WHERE started_at >= %(start)s) AS visits,
               count(*) FILTER (WHERE started_at >= %(start)s AND converted) AS conversions,
               coalesce(sum(value) FILTER (WHERE started_at >= %(start)s), 0) AS revenue,
               count(*) FILTER (WHERE started_at < %(start)s) AS before
        FROM tracking_visit
        WHERE ((started_at >= %(start)s AND started_at < %(end)s)
            OR (started_at >= %(earlier)s AND started_at < %(ago)s))
          AND bot = %(bots)s AND {known}
        GROUP BY {fields}, profile_id
    ) AS person
    GROUP BY {fields} HAVING sum(visits) > 0
    ORDER BY sum(visits) DESC, {fields} LIMIT %(rows)s"""
