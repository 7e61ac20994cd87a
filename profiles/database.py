"""Rows in bulk: arrays in, COPY in. Each call is one statement, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

Cursor = psycopg.Cursor[Any]
Row = Sequence[Any]


@contextmanager
def cursor() -> Iterator[Cursor]:
    """A cursor of Django's connection that sends parameters apart from the statement: long arrays stay cheap."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as raw:
        # Django's own loader is written in Python, and times are the most of what a batch reads.
        raw.adapters.register_loader("timestamptz", TimestamptzLoader)
        yield raw


def write(cursor: Cursor, statement: LiteralString, rows: Iterable[Row]) -> None:
    """Run a statement whose parameters are arrays, one per column. Nothing is sent without rows."""
    if columns := [array(column) for column in zip(*rows, strict=True)]:
        cursor.execute(statement, columns)


def array(values: Iterable[Any]) -> str:
    """Numbers, texts, times and UUIDs as an array literal; the statement casts it. (psycopg's own is slow.)"""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def copy(cursor: Cursor, statement: LiteralString, lines: Sequence[str]) -> None:
    """COPY FROM STDIN of lines in the text format. Nothing is sent without lines."""
    if lines:
        with cursor.copy(statement) as sink:
            sink.write("".join(lines).encode())


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def new_ids(cursor: Cursor, table: str, count: int) -> list[int]:
    """Ids from a table's sequence, ascending."""
    if not count:
        return []
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [number for (number,) in cursor]


def _element(value: Any) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))
