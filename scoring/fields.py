"""Reading a configuration: each value is taken out of its JSON, checked, or refused with the path to it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from scoring.errors import ScoreError

LONGEST = 60


def join(path: str, key: object) -> str:
    """The path of something inside."""
    return f"{path}.{key}" if path else str(key)


def take_object(value: Any, path: str) -> dict[str, Any]:
    """A JSON object, as a copy to take from."""
    if not isinstance(value, dict):
        raise ScoreError(path, _("An object is missing here."))
    return dict(value)


def take_list(raw: dict[str, Any], key: str, path: str = "", most: int = 100) -> list[Any]:
    """A list of at most so many; empty when not given."""
    value = raw.pop(key, None)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ScoreError(join(path, key), _("A list is missing here."))
    if len(value) > most:
        raise ScoreError(join(path, key), _("At most %(count)d.") % {"count": most})
    return value


def take_text(raw: dict[str, Any], key: str, path: str = "", longest: int = LONGEST) -> str:
    """A text, "" when not given."""
    value = raw.pop(key, None)
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value or len(value) > longest:
        raise ScoreError(join(path, key), _("Give a text of at most %(count)d characters.") % {"count": longest})
    return value.strip()


def take_count(raw: dict[str, Any], key: str, path: str = "", most: int = 100_000) -> int:
    """A whole number over 0; 0 when not given."""
    value = raw.pop(key, None)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ScoreError(join(path, key), _("Give a whole number from 1 to %(count)d.") % {"count": most})
    return value


def take_number(raw: dict[str, Any], key: str, path: str = "", most: float = 100_000) -> float | None:
    """A number whose size is at most `most`; None when not given."""
    value = raw.pop(key, None)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
        raise ScoreError(join(path, key), _("Give a number from -%(count)d to %(count)d.") % {"count": most})
    return value


def nothing_left(raw: dict[str, Any], path: str) -> None:
    """What nobody took would be accepted and ignored."""
    if raw:
        key = next(iter(raw))
        raise ScoreError(join(path, key), _("“%(key)s” is not understood here.") % {"key": key})
