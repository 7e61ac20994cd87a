"""How the size of segments went: from the rows of their days, one query for any number of segments.

A day without a row is a day on which nobody moved. Days are those of the project's time zone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from profiles import plots
from segments.models import Segment, SegmentDay
from segments.windows import today

SHORT, LONG = 28, 90
WEEK = 7


@dataclass(frozen=True)
class Day:
    """The people at the end of a day (the last day: now), and how many entered and left on it."""

    day: date
    size: int
    entered: int
    left: int


@dataclass(frozen=True)
class Growth:
    """The days of a segment, one after the other; never empty, and the last is today."""

    days: tuple[Day, ...]

    @property
    def sizes(self) -> list[int]:
        """People at the end of each day."""
        return [day.size for day in self.days]

    @property
    def change(self) -> int | None:
        """More or fewer people than a week ago; None for what did not exist then."""
        return self.days[-1].size - self.days[-1 - WEEK].size if len(self.days) > WEEK else None

    @property
    def entered(self) -> int:
        """How often somebody entered in these days."""
        return sum(day.entered for day in self.days)

    @property
    def left(self) -> int:
        """How often somebody left in these days."""
        return sum(day.left for day in self.days)

    @property
    def words(self) -> str:
        """What the line shows, for those who do not see it."""
        return _("from %(first)s to %(last)s people since %(day)s") % {
            "first": plots.number(self.days[0].size),
            "last": plots.number(self.days[-1].size),
            "day": date_format(self.days[0].day, "DATE_FORMAT"),
        }

    def size_plot(self) -> plots.Plot:
        """The size at the end of each day."""
        series = [plots.Series(_("People"), self.sizes)]
        return plots.lines(_("People at the end of each day"), self._across, series, filled=True, height=220)

    def moves_plot(self) -> plots.Plot:
        """Who entered above the line, who left below it."""
        series = [
            plots.Series(_("Entered"), [day.entered for day in self.days], "good"),
            plots.Series(_("Left"), [-day.left for day in self.days], "warn"),
        ]
        unit = plots.Unit(lambda value: plots.number(abs(value)))
        plot = plots.columns(_("Who entered and who left, by day"), self._across, series, unit=unit, height=150)
        plot.figure.update_layout(barmode="relative")
        plot.figure.update_yaxes(tickformat=",.0f", nticks=4, zeroline=True)
        return plot

    @property
    def _across(self) -> list[date]:
        return [day.day for day in self.days]


def growth(segments: Iterable[Segment], now: datetime, days: int = SHORT) -> dict[int, Growth]:
    """By id of the segment, the last `days` days and today, from when it existed on."""
    wanted, last = {segment.pk: segment for segment in segments}, today(now)
    rows: dict[int, list[SegmentDay]] = defaultdict(list)
    window = last - timedelta(days=days)
    for row in SegmentDay.objects.filter(segment__in=wanted, day__gte=window, day__lte=last).order_by("day"):
        rows[row.segment_id].append(row)
    return {pk: _of(segment, rows[pk], window, last) for pk, segment in wanted.items()}


def _of(segment: Segment, rows: list[SegmentDay], window: date, last: date) -> Growth:
    # Whoever was in before the first movement of these days had been in already.
    size = max(0, rows[0].size - rows[0].entered + rows[0].left) if rows else segment.size
    born = min([today(segment.created_at), *(row.day for row in rows)])
    first = max(window, min(born, last))
    by_day, days = {row.day: row for row in rows}, []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        row = by_day.get(day)
        size = row.size if row else size
        days.append(Day(day, size, row.entered if row else 0, row.left if row else 0))
    return Growth(tuple(days))
