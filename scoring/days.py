"""Points that fall day by day: what an event is worth by its age in days of the project's time zone.

A day, not an instant: within a day nobody's score moves by itself, so nobody's has to be computed again, and
"Product Viewed, 12 May, 3 times: 8.2 points" can be read by a person. All points are whole hundredths: sums are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from psycopg import sql

from segments.windows import midnight, today

HUNDREDTHS = 100
PERIODS = ("day", "week", "month")


def hundredths(points: float) -> int:
    """Points as whole hundredths."""
    return int((Decimal(str(points)) * HUNDREDTHS).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def worth(points: int, age: int, decay: int) -> int:
    """Hundredths that are left after so many days, falling to nothing after `decay` days; 0: they do not fall."""
    if not decay:
        return points
    left = 2 * abs(points) * max(0, decay - age) + decay  # Half a hundredth is rounded away from 0.
    return (left // (2 * decay)) * (1 if points > 0 else -1)


@dataclass(frozen=True)
class Days:
    """The last `count` days up to `at`, oldest first; in SQL a day is its place among them, from 1."""

    at: datetime
    count: int

    @property
    def days(self) -> list[date]:
        """The days."""
        last = today(self.at)
        return [last - timedelta(days=age) for age in reversed(range(self.count))]

    @property
    def first(self) -> datetime:
        """When the oldest of them begins."""
        return midnight(today(self.at) - timedelta(days=self.count - 1))

    def place(self, moment: sql.Composable) -> sql.Composed:
        """SQL: which of the days a moment lies in. A search among midnights, quicker than asking the time zone."""
        midnights = sql.Literal([midnight(day) for day in self.days])
        return sql.SQL("width_bucket({}, {}::timestamptz[])").format(moment, midnights)

    def worth(self, points: int, decay: int, place: sql.Composable) -> sql.Composed:
        """SQL: the hundredths for an event of that day."""
        left = [worth(points, age, decay) for age in reversed(range(self.count))]
        return sql.SQL("({}::int[])[{}]").format(sql.Literal(left), place)

    def period(self, per: str, place: sql.Composable) -> sql.Composed:
        """SQL: the number of the week or month of that day."""
        numbers = [day.toordinal() + 6 if per == "week" else (day.year * 12 + day.month) * 7 for day in self.days]
        return sql.SQL("({}::int[])[{}]").format(sql.Literal([number // 7 for number in numbers]), place)
