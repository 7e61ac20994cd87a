"""Identifiers as they are compared: trimmed, in one case, in one format; or refused because they name nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import phonenumbers

from profiles.models import IdentifierType

# Beyond this the index over identifiers would refuse the row.
LONGEST = 500
_FEWEST_DISTINCT = 3
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def standardise(kind: IdentifierType, value: str, country: str = "") -> str | None:
    """`value` as identifiers of this kind are stored and compared, or None when it identifies nobody.

    `country` completes a phone number written without one, for example "FR"; without it
    such a number identifies nobody.
    """
    value = value.strip()
    if kind.case == IdentifierType.Case.LOWER:
        value = value.lower()
    if not value or len(value) > LONGEST or not _storable(value) or _blocker(tuple(kind.blocked))(value):
        return None
    if kind.name == "email":
        return value if _EMAIL.fullmatch(value) else None
    if kind.name == "phone":
        return phone(value, country)
    return value


def email(value: str) -> str:
    """An address as it is compared."""
    return value.strip().lower()


@lru_cache(maxsize=65_536)
def phone(value: str, country: str) -> str | None:
    """A number in E.164, such as +33612345678, or None when it cannot be one."""
    try:
        number = phonenumbers.parse(value, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _storable(value: str) -> bool:
    if "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=256)
def _blocker(entries: tuple[Any, ...]) -> Callable[[str], bool]:
    """Whether a value is blocked: entries that begin with ^ are patterns, the others whole values in any case."""
    texts = [str(entry) for entry in entries]
    words = {text.lower() for text in texts if not text.startswith("^")}
    patterns = [_pattern(text) for text in texts if text.startswith("^")]

    def blocked(value: str) -> bool:
        lower = value.lower()
        return (
            len(set(lower)) < _FEWEST_DISTINCT
            or lower in words
            or any(pattern.search(value) for pattern in patterns)
        )

    return blocked


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern that cannot be read blocks what is literally it, and not everything."""
    try:
        return re.compile(text, re.IGNORECASE)
    except re.error:
        return re.compile(re.escape(text), re.IGNORECASE)
