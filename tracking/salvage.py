"""Take apart a body that a JSON parser refuses because of one message: NaN, half a surrogate, 100,000 brackets.

Looks at strings, brackets and commas only, and at all of them at once, so that no body takes long. What is
inside a message is left for the decoder to refuse, so that its neighbours are stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_KEY = re.compile(rb'\s*"([^"]*)"\s*:')
# A body that is broken and has more fields than this is not worth the search.
_MOST_FIELDS = 1_000


@dataclass(frozen=True, slots=True)
class Fields:
    """The top object's values as they are written, and the elements of its `batch` (None: no list there)."""

    values: dict[bytes, bytes]
    batch: list[bytes] | None


@dataclass(frozen=True, slots=True)
class _Structure:
    """Each byte, those in strings blanked, and how many brackets are open after it."""

    marks: NDArray[np.uint8]
    depth: NDArray[np.int64]

    def commas(self, start: int, end: int, depth: int) -> list[int]:
        """Where the commas between `start` and `end` are that separate at this depth."""
        found = (self.marks[start:end] == ord(",")) & (self.depth[start:end] == depth)
        return [int(place) + start for place in np.flatnonzero(found)]


def salvage(body: bytes) -> Fields | None:
    """Its fields when the body is one object whose brackets add up; else None: it is no JSON at all."""
    structure = _structure(body)
    start, end = len(body) - len(body.lstrip()), len(body.rstrip())
    if structure is None or body[start : start + 1] != b"{" or body[end - 1 : end] != b"}":
        return None
    if not structure.depth[start : end - 1].all() or structure.depth[end - 1] != 0 or structure.depth.min() < 0:
        return None
    bounds = [start, *structure.commas(start, end, 1), end - 1]
    if len(bounds) > _MOST_FIELDS:
        return None
    fields: dict[bytes, bytes] = {}
    batch: list[bytes] | None = None
    for before, after in pairwise(bounds):
        key = _KEY.match(body, before + 1, after)
        if key is None:
            return None
        value = fields[key[1]] = body[key.end() : after].strip()
        if key[1] == b"batch" and value.startswith(b"["):
            batch = _elements(body, structure, body.index(b"[", key.end()), after)
            if batch is None:
                return None
    return Fields(fields, batch)


def _structure(body: bytes) -> _Structure | None:
    """None when a string does not end."""
    marks = np.frombuffer(_ESCAPED.sub(b"__", body), dtype=np.uint8).copy()
    quotes = marks == ord('"')
    inside = np.cumsum(quotes) & 1
    if not len(marks) or inside[-1]:
        return None
    marks[(inside == 1) | quotes] = ord("_")
    opened = (marks == ord("{")) | (marks == ord("["))
    closed = (marks == ord("}")) | (marks == ord("]"))
    return _Structure(marks, np.cumsum(opened.astype(np.int64) - closed))


def _elements(body: bytes, structure: _Structure, start: int, end: int) -> list[bytes] | None:
    """The elements of the list between `start` and `end`, as they are written; None when one is missing."""
    inner = body[start:end].rstrip()
    if not inner.endswith(b"]"):
        return None
    last = start + len(inner) - 1
    bounds = [start, *structure.commas(start, last, 2), last]
    elements = [body[before + 1 : after].strip() for before, after in pairwise(bounds)]
    if elements == [b""]:
        return []
    return None if b"" in elements else elements
