"""Values in the form of the other side, and whether two of them say the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from connectors.adapters.base import Field
from profiles.trait_values import coerced, flat, suggested

_DAY = 10


def fitted(value: Any, field: Field) -> Any:
    """Our value as the remote's field takes it; None where there is nothing to say, or it does not fit."""
    if blank(value):
        return None
    made = _FIT.get(field.type, _text)(value)
    if field.size and isinstance(made, str):
        made = made[: field.size].strip()
    return None if blank(made) else made


def heard(value: Any, trait: str, type_: str, country: str) -> Any:
    """Their value as Kith would keep it for a trait of that type; None where it says nothing."""
    kept = flat({trait: value}, country)
    return coerced(kept[trait], type_ or suggested(trait, kept[trait])) if trait in kept else None


def blank(value: Any) -> bool:
    """Does it say nothing?"""
    return value is None or (isinstance(value, str) and not value.strip()) or value in ([], {})


def same(a: Any, b: Any) -> bool:
    """Do two values say the same? 1 and 1.0 and "1" do, lists in any order, a day and a moment of it."""
    if blank(a) or blank(b):
        return blank(a) and blank(b)
    if a == b:
        return isinstance(a, bool) == isinstance(b, bool)
    if isinstance(a, list) and isinstance(b, list):
        return sorted(map(_plain, a)) == sorted(map(_plain, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return _plain(a).lower() == _plain(b).lower()
    number, other = _number(a), _number(b)
    if number is not None and other is not None and (_counts(a) or _counts(b)):
        return math.isclose(number, other, rel_tol=1e-9, abs_tol=1e-9)
    return _plain(a) == _plain(b)


def _counts(value: Any) -> bool:
    return isinstance(value, int | float)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _plain(value)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    try:
        number = float(str(value))
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() else number


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(str(value).lower())


def _list(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else [_plain(value)]


def _date(value: Any) -> Any:
    return value[:_DAY] if isinstance(value, str) and len(value) >= _DAY else None


_FIT: Mapping[str, Callable[[Any], Any]] = {
    "text": _text,
    "choice": _text,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
    "date": _date,
}
