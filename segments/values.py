"""What a condition asks the marketer for, how the answer is checked, and how it is read: by kind of field."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from segments import periods
from segments.errors import RuleError
from segments.windows import Duration


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value or "\0" in value or len(value) > 1000:
        raise RuleError(path, _("Give a text."))
    return value


def _scalar(value: Any, path: str) -> str | int | float:
    if value is None or value == "":
        raise RuleError(path, _("Give a value."))
    return _text(value, path) if isinstance(value, str) else _number(value, path)


def _texts(value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or not value or len(value) > 1000:
        raise RuleError(path, _("Give at least one value."))
    return sorted({_text(item, path) for item in value})


def _pattern(value: Any, path: str) -> str:
    try:
        re.compile(_text(value, path))
    except re.error:
        raise RuleError(path, _("This is not a valid pattern.")) from None
    return str(value)


def _number(value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise RuleError(path, _("Give a number."))
    return value


def _numbers(value: Any, path: str) -> list[int | float]:
    if not isinstance(value, list) or len(value) != 2:
        raise RuleError(path, _("Give two numbers."))
    low, high = _number(value[0], path), _number(value[1], path)
    if low > high:
        raise RuleError(path, _("The first number must not be over the second."))
    return [low, high]


def _date(value: Any, path: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise RuleError(path, _("Give a date such as 2026-05-31.")) from None


def _dates(value: Any, path: str) -> list[str]:
    if not isinstance(value, list) or len(value) != 2:
        raise RuleError(path, _("Give two dates."))
    first, last = _date(value[0], path), _date(value[1], path)
    if first > last:
        raise RuleError(path, _("The period ends before it begins."))
    return [first, last]


def _duration(value: Any, path: str) -> str:
    duration = Duration.parse(value, path)
    if duration.unit in {"minutes", "hours"}:
        raise RuleError(path, _("A date knows days, weeks and months, not hours."))
    return str(duration)


def _nothing(value: Any, path: str) -> None:
    if value is not None:
        raise RuleError(path, _("This condition takes no value."))


# (answer, path of the condition) -> the answer in canonical form, or RuleError.
FIELDS: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "scalar": _scalar,
    "texts": _texts,
    "pattern": _pattern,
    "number": _number,
    "numbers": _numbers,
    "date": _date,
    "dates": _dates,
    "duration": _duration,
    "period": periods.parse,
    "nothing": _nothing,
}


def said(field: str, value: Any) -> str:
    """An answer in canonical form as a marketer reads it: "250", "31 May 2026", "1 and 3"; nothing for None."""
    if value is None:
        return ""
    if field == "duration":
        return Duration.parse(value, "").words()
    if field == "period":
        return str(periods.PERIODS[value])
    parts = [_word(field, part) for part in (value if isinstance(value, list) else [value])]
    return (", " if field == "texts" else _(" and ")).join(parts)


def _word(field: str, part: Any) -> str:
    if field in {"date", "dates"}:
        return date_format(date.fromisoformat(part), "DATE_FORMAT")
    return part if isinstance(part, str) else number_format(part)
