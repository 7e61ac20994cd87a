"""Take apart a body that a JSON parser refuses because of one message: NaN, half a surrogate, 100,000 brackets.

Looks at brackets and strings only, without recursion, in one pass. What is inside a message is left
for the decoder to refuse, so that its neighbours are stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Possessive: a string that never ends must not make the search go back.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s"\[\]{},:]++|"', re.DOTALL)
_CLOSES = {b"}": b"{", b"]": b"["}


@dataclass(slots=True)
class Fields:
    """The top object's values as they are written, and the elements of its `batch` (None: no list there)."""

    values: dict[bytes, bytes]
    batch: list[bytes] | None


def salvage(body: bytes) -> Fields | None:
    """Its fields when the body is one object with balanced brackets; else None: it is no JSON at all."""
    spans = _top(body)
    if spans is None:
        return None
    fields = Fields(values={}, batch=None)
    for key, (start, end) in spans.items():
        fields.values[key] = body[start:end].strip()
    batch = fields.values.get(b"batch", b"")
    if batch.startswith(b"["):
        fields.batch = _elements(batch)
        if fields.batch is None:
            return None
    return fields


def _top(body: bytes) -> dict[bytes, tuple[int, int]] | None:
    """Where each value of the top object begins and ends, or None when brackets or colons do not add up."""
    spans: dict[bytes, tuple[int, int]] = {}
    opened: list[bytes] = []
    key: bytes | None = None
    last = b""
    start = closed = -1
    for match in _TOKEN.finditer(body):
        token = match[0]
        if token == b'"' or closed >= 0 or (not opened and token != b"{"):
            return None
        if len(opened) == 1:
            if token == b":" and key is None and last.startswith(b'"'):
                key, start = last[1:-1], match.end()
            elif token in {b",", b"}"} and key is not None:
                spans[key] = (start, match.start())
                key = None
            last = token
        if token in {b"{", b"["}:
            opened.append(token)
        elif token in _CLOSES:
            if opened.pop() != _CLOSES[token]:
                return None
            if not opened:
                closed = match.end()
    return spans if closed >= 0 else None


def _elements(array: bytes) -> list[bytes] | None:
    """The elements of a list whose brackets add up, as they are written; None when one is missing."""
    elements: list[bytes] = []
    depth = 0
    start = 1
    for match in _TOKEN.finditer(array):
        token = match[0]
        if token in {b"{", b"["}:
            depth += 1
        elif token in {b"}", b"]"}:
            depth -= 1
        if (token == b"," and depth == 1) or depth == 0:
            elements.append(array[start : match.start()].strip())
            start = match.end()
    if elements == [b""]:
        return []
    return None if b"" in elements else elements
