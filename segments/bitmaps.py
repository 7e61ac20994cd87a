"""Sets of people as compressed bitmaps, and how an SQL answer becomes one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray
from psycopg import sql
from pyroaring import BitMap64

__all__ = [
    "BitMap64",
    "ask_arrays",
    "ask_columns",
    "ask_estimate",
    "ask_rows",
    "ask_set",
    "ids_literal",
    "of",
    "of_ids",
    "read",
]

# array_send: dimensions, flags, element type, length, lower bound; then (length, value) per element.
_HEADER = 20
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])
# So many bytes may be marked for each id that was sent.
_DENSE = 100


def ask_set(query: sql.Composable) -> BitMap64:
    """The people in the only column `profile_id` of a query; duplicates are fine."""
    rows = _execute(sql.SQL("SELECT array_send(array_agg(profile_id)) FROM ({}) AS answer").format(query))
    return of(rows[0][0])


def ask_rows(query: sql.Composable) -> dict[int, BitMap64]:
    """The people per key, of a query with the columns `key` and `profile_id`."""
    grouped = sql.SQL("SELECT key, array_send(array_agg(profile_id)) FROM ({}) AS answer GROUP BY 1")
    rows = _execute(grouped.format(query))
    return {cast("int", key): of(packed) for key, packed in rows}


def ask_columns(source: sql.Composable, conditions: Mapping[int, sql.Composable]) -> dict[int, BitMap64]:
    """The people per key for whom its condition is true; `source` is what follows FROM, with a column `p.id`."""
    if not conditions:
        return {}
    columns = [
        sql.SQL("array_send(array_agg(p.id) FILTER (WHERE {}))").format(condition) for condition in conditions.values()
    ]
    rows = _execute(sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(columns), source))
    return {key: of(packed) for key, packed in zip(conditions, rows[0], strict=True)}


def ask_arrays(columns: Sequence[sql.Composable], source: sql.Composable) -> list[NDArray[np.int64]]:
    """Columns of bigint, none of them NULL, as arrays of equal length; `source` is what follows SELECT."""
    sent = sql.SQL(", ").join(sql.SQL("array_send(array_agg(({})::bigint))").format(column) for column in columns)
    rows = _execute(sql.SQL("SELECT {} {}").format(sent, source))
    return [_values(packed).astype(np.int64) for packed in rows[0]]


def ask_estimate(source: sql.Composable) -> int:
    """How many rows the planner expects; `source` is what follows SELECT."""
    rows = _execute(sql.SQL("EXPLAIN (FORMAT JSON) SELECT {}").format(source))
    return int(rows[0][0][0]["Plan"]["Plan Rows"])


def of(packed: bytes | memoryview | None) -> BitMap64:
    """The set in the answer of array_send; NULL (no row) is the empty set."""
    values = _values(packed).astype(np.int64)
    if len(values) and values.max() < _DENSE * len(values):
        # Marking each is quicker than looking for its place, which is the same work as sorting.
        there = np.zeros(values.max() + 1, np.bool_)
        there[values] = True
        values = np.flatnonzero(there)
    return of_ids(values)


def of_ids(values: NDArray[np.int64]) -> BitMap64:
    """The set of some ids; quickest when they are in order."""
    # A typed array is read at once; a NumPy array would be iterated.
    return BitMap64(array("Q", values.astype(np.uint64).tobytes()))


def _values(packed: bytes | memoryview | None) -> NDArray[np.int64]:
    """The elements in the answer of array_send of bigints, none of them NULL; no row, none."""
    if packed is None or len(packed) <= _HEADER:
        return np.zeros(0, ">i8")
    values: NDArray[np.int64] = np.frombuffer(packed, dtype=_ELEMENT, offset=_HEADER)["value"]
    return values


def read(stored: bytes | memoryview | None) -> BitMap64:
    """The set in a bytea column, written by BitMap64.serialize."""
    return BitMap64.deserialize(bytes(stored)) if stored else BitMap64()


def ids_literal(ids: Iterable[int]) -> sql.Composed:
    """People's ids as an SQL array."""
    return sql.SQL("{}::bigint[]").format(sql.Literal("{" + ",".join(map(str, ids)) + "}"))


def _execute(query: sql.Composed) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    # Binary results spare the server the hexadecimal form of megabytes; Django's own cursors have none.
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(query, binary=True)
        return cast("list[tuple[Any, ...]]", cursor.fetchall())
