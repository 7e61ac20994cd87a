"""Operators on dates: by days of the project's time zone."""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operands import as_date, in_days
from segments.operators.base import DATE, Operator
from segments.periods import bounds
from segments.windows import Duration, today

_DAY = timedelta(days=1)
_MOST_TURNS = 60


class On(Operator):
    key, label, negative = "on", gettext_lazy("is on"), gettext_lazy("is not on")
    types, field = (DATE,), "date"
    examples = [
        ("2026-05-31", "2026-05-31", True),
        ("2026-05-30T22:30:00Z", "2026-05-31", True),
        ("2026-02-31", "2026-03-03", False),
        ("tomorrow", "2026-05-31", False),
    ]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return in_days(operand, value, value)


class Before(Operator):
    key, label, negative = "before", gettext_lazy("is before"), gettext_lazy("is not before")
    types, field = (DATE,), "date"
    examples = [("1979-12-31", "1980-01-01", True), ("1980-01-01", "1980-01-01", False), (None, "1980-01-01", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} < {}::date").format(as_date(operand), sql.Literal(value))


class After(Operator):
    key, label, negative = "after", gettext_lazy("is after"), gettext_lazy("is not after")
    types, field = (DATE,), "date"
    examples = [("1980-01-02", "1980-01-01", True), ("1980-01-01", "1980-01-01", False), ("x", "1980-01-01", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} > {}::date").format(as_date(operand), sql.Literal(value))


class DateBetween(Operator):
    key, label, negative = "date_between", gettext_lazy("is between"), gettext_lazy("is not between")
    types, field = (DATE,), "dates"
    examples = [("1980-01-01", ["1980-01-01", "1995-12-31"], True), ("1996-01-01", ["1980-01-01", "1995-12-31"], False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        first, last = value
        return in_days(operand, first, last)


class InTheLast(Operator):
    """From so long ago (not included) to today (included), by days of the project's time zone."""

    key, label, negative = "in_last", gettext_lazy("is in the last"), gettext_lazy("is not in the last")
    moves = True
    types, field = (DATE,), "duration"
    examples = [("2026-06-10", "5 days", False), ("2026-06-11", "5 days", True), ("2026-06-16", "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        day = today(at)
        return in_days(operand, Duration.parse(value, "").before_day(day) + _DAY, day)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [Duration.parse(value, "").before_day(day), day]

    @classmethod
    def turns(cls, value: Any, known: date, day: date) -> list[date]:
        return [known, *_around(Duration.parse(value, "").after_day(known))]


class InTheNext(InTheLast):
    """From today (included) for so long, by days of the project's time zone."""

    key, label, negative = "in_next", gettext_lazy("is in the next"), gettext_lazy("is not in the next")
    examples = [("2026-06-15", "5 days", True), ("2026-06-19", "5 days", True), ("2026-06-20", "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        day = today(at)
        return in_days(operand, day, Duration.parse(value, "").after_day(day) - _DAY)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [day, Duration.parse(value, "").after_day(day)]

    @classmethod
    def turns(cls, value: Any, known: date, day: date) -> list[date]:
        return [known + _DAY, *_around(Duration.parse(value, "").before_day(known))]


class LongerAgo(InTheLast):
    key, label, negative = "longer_ago", gettext_lazy("is more than … ago"), gettext_lazy("is not more than … ago")
    examples = [("2026-06-09", "5 days", True), ("2026-06-10", "5 days", False), (None, "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        start = sql.Literal(Duration.parse(value, "").before_day(today(at)))
        return sql.SQL("{} < {}").format(as_date(operand), start)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [Duration.parse(value, "").before_day(day)]


class During(Operator):
    """In a period of the calendar, such as this week or last quarter."""

    moves = True
    key, label, negative = "during", gettext_lazy("is in"), gettext_lazy("is not in")
    types, field = (DATE,), "period"
    examples = [
        ("2026-06-15", "this week", True),
        ("2026-06-21", "this week", True),
        ("2026-06-14", "this week", False),
        ("2026-03-31", "last quarter", True),
        ("2026-04-01", "last quarter", False),
        (None, "this year", False),
    ]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        first, end = bounds(value, today(at))
        return in_days(operand, first, end - _DAY)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return list(bounds(value, day))

    @classmethod
    def turns(cls, value: Any, known: date, day: date) -> list[date]:
        if " " not in value:
            return [known + number * _DAY for number in range(-1, 3)]
        unit = value.split()[1]
        return [edge for which in ("last", "this", "next") for edge in bounds(f"{which} {unit}", known)]


class Anniversary(Operator):
    """The day comes round again within so many days, today included; 29 February on the 28th of a common year."""

    key, moves = "anniversary", True
    label, negative = gettext_lazy("has its anniversary within"), gettext_lazy("does not have its anniversary within")
    types, field = (DATE,), "duration"
    examples = [
        ("1990-06-15", "1 day", True),
        ("1990-06-16", "1 day", False),
        ("1990-06-21", "1 week", True),
        ("1990-06-22", "1 week", False),
        ("2027-06-20", "1 week", True),
        (None, "1 week", False),
    ]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return _comes_round(operand, cls._recurring(value, today(at)))

    @classmethod
    def moved(cls, operand: sql.Composable, value: Any, before: date, after: date) -> sql.Composable | None:
        changed = cls._recurring(value, before) ^ cls._recurring(value, after)
        return _comes_round(operand, changed) if changed else None

    @classmethod
    def turns(cls, value: Any, known: date, day: date) -> list[date]:
        # A 29 February comes round on the 28th as well; nine years hold a leap year.
        rounds = [
            date(year, known.month, number)
            for year in range(day.year - 1, day.year + 9)
            for number in {known.day, min(known.day, 28) if known.month == 2 else known.day}
            if number < 29 or known.month != 2 or isleap(year)
        ]
        lengths = Duration.parse(value, "")
        edges = [edge for one in rounds for edge in (one, one + _DAY, *_around(lengths.before_day(one)))]
        return sorted(edge for edge in edges if edge >= day)[:_MOST_TURNS]

    @staticmethod
    def _recurring(value: Any, day: date) -> set[str]:
        """The days of the year, as "06-15", from `day` on for so long."""
        end = min(Duration.parse(value, "").after_day(day), day + timedelta(days=366))
        days = {day + timedelta(days=number) for number in range((end - day).days)}
        leap = {"02-29"} if any((one.month, one.day) == (2, 28) and not isleap(one.year) for one in days) else set()
        return {f"{one:%m-%d}" for one in days} | leap


def _comes_round(operand: sql.Composable, days: set[str]) -> sql.Composed:
    return sql.SQL("to_char({}, 'MM-DD') = ANY({}::text[])").format(as_date(operand), sql.Literal(sorted(days)))


def _around(day: date) -> list[date]:
    """A day and its neighbours: a month has not always as many days."""
    return [day + number * _DAY for number in range(-4, 6)]
