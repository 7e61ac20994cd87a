"""Rows in bulk: arrays in, COPY in. Each call is one statement, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

# A batch touches some thousand rows by key, of tables of any size: always by an index, whatever the statistics
# say (after a first import they say nothing yet), and never with helpers that take longer to start than to work.
_PLANS = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
}

_LINES = 250

Cursor = psycopg.Cursor[Any]
Row = Sequence[Any]


@contextmanager
def cursor() -> Iterator[Cursor]:
    """A cursor of Django's connection that sends parameters apart from the statement: long arrays stay cheap."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as raw:
        # Django's own loader is written in Python, and times are the most of what a batch reads.
        raw.adapters.register_loader("timestamptz", TimestamptzLoader)
        before = _set(raw, _PLANS)
        yield raw
        # After an error the caller's rollback does this.
        _set(raw, before)


def write(cursor: Cursor, statement: LiteralString, rows: Iterable[Row]) -> None:
    """Run a statement whose parameters are arrays, one per column. Nothing is sent without rows."""
    if columns := [array(column) for column in zip(*rows, strict=True)]:
        cursor.execute(statement, columns)


def array(values: Iterable[Any]) -> str:
    """Numbers, texts, truths, times and UUIDs as an array literal; the statement casts it. (psycopg's own is slow.)"""
    values = list(values)
    types = {type(value) for value in values}
    if types == {int}:
        return "{" + str(values)[1:-1] + "}"
    if types == {str}:
        together = "".join(values)
        if '"' not in together and "\\" not in together:
            return '{"' + '","'.join(values) + '"}'
    return "{" + ",".join([_element(value) for value in values]) + "}"


def copy(cursor: Cursor, statement: LiteralString, lines: Iterable[str]) -> None:
    """COPY FROM STDIN of lines in the text format. Nothing is sent without lines.

    They are sent while they are made: the server writes the first of them meanwhile.
    """
    lines = iter(lines)
    part = "".join(islice(lines, _LINES))
    if part:
        with cursor.copy(statement) as sink:
            while part:
                sink.write(part.encode())
                part = "".join(islice(lines, _LINES))


def escaped(text: str) -> str:
    """A text as COPY reads it."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def new_ids(cursor: Cursor, table: str, count: int) -> list[int]:
    """Ids from a table's sequence, ascending."""
    if not count:
        return []
    cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
    return [number for (number,) in cursor]


def _set(cursor: Cursor, parameters: Mapping[str, str]) -> dict[str, str]:
    """Set parameters until the end of the transaction; gives what they were."""
    names = list(parameters)
    cursor.execute(
        "WITH before AS MATERIALIZED (SELECT name, current_setting(name) AS value FROM unnest(%s::text[]) AS name)"
        " SELECT before.name, before.value, set_config(before.name, wanted.value, true)"
        " FROM before JOIN unnest(%s::text[], %s::text[]) AS wanted(name, value) USING (name)",
        [names, names, list(parameters.values())],
    )
    return {name: value for name, value, _now in cursor}


def _element(value: Any) -> str:
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))
