"""The traits of a message as they are kept: flat, the Segment Spec's names in one spelling, in the trait's type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from profiles.models import Trait
from profiles.standardise import email, phone

DEEPEST: Final = 10
_SPELLING = {
    "firstName": "first_name",
    "lastName": "last_name",
    "createdAt": "created_at",
    "postalCode": "postal_code",
}
_ADDRESS = frozenset({"city", "country", "postal_code", "state", "street"})
# What the Segment Spec reserves has its type before anybody says a value.
_TYPES: Final[Mapping[str, Trait.Type]] = {
    **dict.fromkeys(
        ("first_name", "last_name", "name", "email", "phone", "city", "country", "postal_code", "state", "street"),
        Trait.Type.TEXT,
    ),
    "age": Trait.Type.NUMBER,
    "birthday": Trait.Type.DATE,
    "created_at": Trait.Type.DATE,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
# Up to 15 digits survive as a number; leading zeros and plus signs are of codes, not of numbers.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Numbers from here to there are seconds since 1970 (1973 to 2128), a thousand times as many are milliseconds.
_SECONDS = (10**8, 5 * 10**9)
_INT64 = 2**63
_BEYOND_FLOAT = 10**308


class TooDeepError(Exception):
    """Objects within objects, more than DEEPEST of them."""


def flat(traits: Mapping[str, Any], country: str = "") -> dict[str, Any]:
    """Keys and values to keep; what is empty says nothing and is left out. `country` completes phone numbers."""
    found = {}
    for key, raw in _walk(traits, "", 0):
        value = _tidy(key, raw, country)
        if value is not None and value not in ("", [], {}):
            found[key] = value
    return found


def suggested(key: str, value: Any) -> Trait.Type:
    """The type of a trait of which this is the first value."""
    if key in _TYPES:
        return _TYPES[key]
    if isinstance(value, bool):
        return Trait.Type.BOOLEAN
    if isinstance(value, int | float):
        return Trait.Type.NUMBER
    if isinstance(value, list):
        return Trait.Type.LIST
    return Trait.Type.DATE if isinstance(value, str) and _date(value) else Trait.Type.TEXT


def coerced(value: Any, type_: str) -> Any:
    """`value` in the trait's type where nothing is lost by it; else as it is, for it was said so."""
    return _COERCE[type_](value)


def canonical(value: Any) -> str:
    """JSON text that is equal for equal values, and the same after a journey through the database."""
    return msgspec.json.encode(_plain(value), order="sorted").decode()


def _walk(traits: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > DEEPEST:
        raise TooDeepError
    for raw, value in traits.items():
        key = _SPELLING.get(raw.strip(), raw.strip())
        if prefix == "company_" and key == "name":
            key = "company"
        elif prefix != "address_" or key not in _ADDRESS:
            key = prefix + key
        if isinstance(value, dict):
            yield from _walk(value, key + "_", depth + 1)
        elif key:
            yield key, value


def _tidy(key: str, value: Any, country: str) -> Any:
    if isinstance(value, str):
        value = value.strip()
        if key == "email":
            return email(value)
        if key == "phone":
            return phone(value, country) or value
        if key in {"country", "country_code"} and len(value) == 2:
            return value.upper()
    return value


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(_plain(value)) if isinstance(value, int | float) else value


def _number(value: Any) -> Any:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return value


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return bool(value) if isinstance(value, int) and value in {0, 1} else value


def _list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _dated(value: Any) -> Any:
    if isinstance(value, str):
        return _date(value) or value
    if isinstance(value, int | float) and not isinstance(value, bool):
        for per_second in (1, 1000):
            if _SECONDS[0] * per_second <= value <= _SECONDS[1] * per_second:
                return _said(_EPOCH + timedelta(seconds=value / per_second))
    return value


def _date(value: str) -> str | None:
    """ISO text of a day, or of a moment in UTC; None when it is neither."""
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value).isoformat()
        if _MOMENT.fullmatch(value):
            moment = datetime.fromisoformat(value)
            return _said(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return None


def _said(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """Numbers as the database gives them back: whole ones as integers, those beyond 64 bits as floats."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer() and abs(value) < _INT64:
        return int(value)
    if isinstance(value, int) and abs(value) >= _INT64:
        return float(value) if abs(value) < _BEYOND_FLOAT else str(value)
    return value


_COERCE: Final[Mapping[str, Callable[[Any], Any]]] = {
    Trait.Type.TEXT.value: _text,
    Trait.Type.NUMBER.value: _number,
    Trait.Type.DATE.value: _dated,
    Trait.Type.BOOLEAN.value: _boolean,
    Trait.Type.LIST.value: _list,
}
