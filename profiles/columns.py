"""Columns that other apps add to the list of people: one query per column and page, never one per row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Column:
    """`values` gives, for the ids of a page, what to show for each (absent: nothing)."""

    key: str
    label: str | Promise
    values: Callable[[Sequence[int]], Mapping[int, Any]]
    order: int = 100


_columns: dict[str, Column] = {}


def register(column: Column) -> Column:
    """Add a column; one of the same key is replaced."""
    _columns[column.key] = column
    return column


def columns() -> list[Column]:
    """Every column, in the order in which they are shown."""
    return sorted(_columns.values(), key=lambda column: column.order)
