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
    return standardiser(kind)(value, country)


def standardiser(kind: IdentifierType) -> Callable[[str, str], str | None]:
    """`standardise` for one kind, prepared for many values."""
    lower, email, number = kind.case == IdentifierType.Case.LOWER, kind.name == "email", kind.name == "phone"
    # Another system numbers its records: 1, 111 and 2122 are ids there, and nobody typed them.
    blocked = _blocker(tuple(kind.blocked), 0 if kind.unique else _FEWEST_DISTINCT)

    def one(value: str, country: str) -> str | None:
        value = value.strip()
        if lower:
            value = value.lower()
        if not value or len(value) > LONGEST or not _storable(value) or blocked(value):
            return None
        if email:
            return value if _EMAIL.fullmatch(value) else None
        return phone(value, country) if number else value

    return one


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
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=256)
def _blocker(entries: tuple[Any, ...], distinct: int) -> Callable[[str], bool]:
    """Whether a value is blocked: entries that begin with ^ are patterns, the others whole values in any case."""
    texts = [str(entry) for entry in entries]
    words = {text.lower() for text in texts if not text.startswith("^")}
    pattern = re.compile(
        "|".join(f"(?:{_sound(text)})" for text in texts if text.startswith("^")) or "(?!)", re.IGNORECASE
    )

    def blocked(value: str) -> bool:
        # Shorter values cannot have so many: "u1" and "7" are ids that real systems give.
        few = len(value) >= distinct > len(set(value))
        return few or value.lower() in words or pattern.search(value) is not None

    return blocked


def _sound(pattern: str) -> str:
    """A pattern that cannot be read blocks what is literally it, and not everything."""
    try:
        re.compile(pattern)
    except re.error:
        return re.escape(pattern)
    return pattern
