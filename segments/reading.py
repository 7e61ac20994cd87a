"""Rules as text from outside: what a JSON parser lets pass and the database cannot keep is refused here."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from segments.errors import RuleError


def read(text: str) -> Any:
    """The JSON in `text`. RuleError for what is none, for NUL, for halves of characters, for nesting without end."""
    try:
        value = json.loads(text)
        # A dumped half of a surrogate pair cannot be encoded; NUL inside a text comes out escaped.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        plain = not _has_nul(value)
    except (ValueError, RecursionError):
        raise RuleError("", _("This rule is not valid JSON.")) from None
    if not plain:
        raise RuleError("", _("This rule contains characters that cannot be stored."))
    return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_nul, value))
