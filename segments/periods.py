"""Periods of the calendar seen from a day: "this week", "last quarter". Weeks begin on Monday."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments.errors import RuleError

# In the order in which the builder offers them.
PERIODS: dict[str, str | Promise] = {
    "today": gettext_lazy("today"),
    "yesterday": gettext_lazy("yesterday"),
    "tomorrow": gettext_lazy("tomorrow"),
    "this week": gettext_lazy("this week"),
    "last week": gettext_lazy("last week"),
    "next week": gettext_lazy("next week"),
    "this month": gettext_lazy("this month"),
    "last month": gettext_lazy("last month"),
    "next month": gettext_lazy("next month"),
    "this quarter": gettext_lazy("this quarter"),
    "last quarter": gettext_lazy("last quarter"),
    "next quarter": gettext_lazy("next quarter"),
    "this year": gettext_lazy("this year"),
    "last year": gettext_lazy("last year"),
    "next year": gettext_lazy("next year"),
}
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_STEPS = {"last": -1, "this": 0, "next": 1}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def parse(value: object, path: str) -> str:
    """The period, or RuleError."""
    if not isinstance(value, str) or value not in PERIODS:
        raise RuleError(path, _("Choose a period such as “this month”."))
    return value


def bounds(period: str, day: date) -> tuple[date, date]:
    """The first day of the period around `day`, and the first day after it."""
    if period in _DAYS:
        first = day + timedelta(days=_DAYS[period])
        return first, first + timedelta(days=1)
    which, unit = period.split()
    if unit == "week":
        first = day + timedelta(days=7 * _STEPS[which] - day.weekday())
        return first, first + timedelta(days=7)
    length = _MONTHS[unit]
    began = (day.year * 12 + day.month - 1) // length + _STEPS[which]
    return _month(began * length), _month((began + 1) * length)


def _month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)
