"""One table for people, one object of ratios for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence


def text(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in plain text: the first column to the left, the others to the right; floats with three digits.

    A row may be shorter than the columns.
    """
    cells = [list(columns), *([*map(_cell, row), *[""] * (len(columns) - len(row))] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in cells]
    return "\n".join([title, "", lines[0], "-" * len(lines[0]), *lines[1:]])


def ratios(found: Mapping[str, float]) -> str:
    """The ratios that were promised, as one JSON object."""
    return json.dumps({name: round(value, 3) for name, value in found.items()})


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
