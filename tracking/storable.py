"""What a JSON parser lets through and PostgreSQL does not store: NUL characters, and nesting without end."""

from __future__ import annotations

import re
from typing import Any

from profiles.refusals import Reason

MAX_DEPTH = 64

_HALF_A_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def objection(raw: bytes, values: tuple[Any, ...]) -> Reason | None:
    """Why `values`, decoded from `raw`, cannot be stored. Nearly always `raw` alone shows that they can."""
    nul = b"\\u0000" in raw
    deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    if not (nul or deep):
        return None
    level: list[Any] = list(values)
    for _depth in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif nul and isinstance(value, str) and "\x00" in value:
                return Reason.UNSTORABLE_TEXT
        if not below:
            return None
        level = below
    return Reason.TOO_DEEP


def unreadable(raw: bytes) -> Reason:
    """Why a parser refused `raw`: half a surrogate pair is told from JSON that is none."""
    return Reason.UNSTORABLE_TEXT if _HALF_A_SURROGATE.search(raw) else Reason.BAD_JSON
