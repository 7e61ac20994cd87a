"""What an operator lets through, as far as it can be said without data: a span of numbers or of days, or some texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Any

from segments.periods import bounds
from segments.windows import Duration


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, in numbers or in ordinals of days; `low_in` and `high_in`: the bound belongs to it."""

    low: float = -inf
    high: float = inf
    low_in: bool = True
    high_in: bool = True

    def within(self, other: Span) -> bool:
        """Whether all of it lies in the other."""
        begins = other.low < self.low or (other.low == self.low and (other.low_in or not self.low_in))
        ends = self.high < other.high or (self.high == other.high and (other.high_in or not self.high_in))
        return begins and ends

    def beside(self, other: Span) -> bool:
        """Whether they have nothing in common."""
        first, second = sorted((self, other), key=lambda span: (span.low, not span.low_in))
        if first.high != second.low:
            return first.high < second.low
        return not (first.high_in and second.low_in)


def span(op: str, value: Any, day: date) -> Span | None:
    """The numbers or days that an operator lets through on a day; None when it is no span."""
    numbers = _NUMBERS.get(op)
    if numbers is not None and not isinstance(value, str):
        return numbers(value)
    days = _DAYS.get(op)
    return days(value, day) if days is not None else None


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _whole(first: date, end: date) -> Span:
    """Days from the first up to, and without, the last."""
    return Span(first.toordinal(), end.toordinal(), high_in=False)


def _length(text: str) -> Duration:
    return Duration.parse(text, "")


_NUMBERS: dict[str, Callable[[Any], Span]] = {
    "is": lambda value: Span(value, value),
    "over": lambda value: Span(low=value, low_in=False),
    "under": lambda value: Span(high=value, high_in=False),
    "between": lambda value: Span(*value),
}
_DAYS: dict[str, Callable[[Any, date], Span]] = {
    "on": lambda value, _day: Span(_ordinal(value), _ordinal(value)),
    "before": lambda value, _day: Span(high=_ordinal(value), high_in=False),
    "after": lambda value, _day: Span(low=_ordinal(value), low_in=False),
    "date_between": lambda value, _day: Span(_ordinal(value[0]), _ordinal(value[1])),
    "in_last": lambda value, day: Span(_length(value).before_day(day).toordinal(), day.toordinal(), low_in=False),
    "in_next": lambda value, day: _whole(day, _length(value).after_day(day)),
    "longer_ago": lambda value, day: Span(high=_length(value).before_day(day).toordinal(), high_in=False),
    "during": lambda value, day: _whole(*bounds(value, day)),
}
# Whether a text passes, as the operators in operators/texts.py ask the database.
_TEXTS: dict[str, Callable[[str, Any], bool]] = {
    "is": lambda text, value: text == value,
    "any_of": lambda text, value: text in value,
    "contains": lambda text, value: value in text,
    "starts_with": lambda text, value: text.startswith(value),
    "ends_with": lambda text, value: text.endswith(value),
}


def texts(op: str, value: Any) -> set[str] | None:
    """The texts that an operator lets through, where they can be counted."""
    if op == "is" and isinstance(value, str):
        return {value}
    return set(value) if op == "any_of" else None


def passes(text: str, op: str, value: Any) -> bool | None:
    """Whether an operator lets a text through; None when only the database can tell."""
    test = _TEXTS.get(op)
    return None if test is None or (op == "is" and not isinstance(value, str)) else test(text, value)
