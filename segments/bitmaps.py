"""Sets of people as compressed bitmaps, and how an SQL answer becomes one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import psycopg
from django.db import connection
from psycopg import sql
from pyroaring import BitMap64

__all__ = ["BitMap64", "ask_columns", "ask_rows", "ask_set", "ids_literal", "of", "read"]

# array_send: dimensions, flags, element type, length, lower bound; then (length, value) per element.
_HEADER = 20
_ELEMENT = np.dtype([("length", ">i4"), ("value", ">i8")])


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


def of(packed: bytes | memoryview | None) -> BitMap64:
    """The set in the answer of array_send; NULL (no row) is the empty set."""
    if packed is None or len(packed) <= _HEADER:
        return BitMap64()
    values = np.frombuffer(packed, dtype=_ELEMENT, offset=_HEADER)["value"]
    # A typed array is read at once; a NumPy array would be iterated.
    return BitMap64(array("Q", values.astype(np.uint64).tobytes()))


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
