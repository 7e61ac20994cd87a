"""One state of the database for several statements, its time, and a limit on how long a statement may take."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction in which every statement sees the same state; within another one, that one's."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def statement_timeout(limit: timedelta) -> Iterator[None]:
    """Within a transaction: no statement of this block takes longer (psycopg.errors.QueryCanceled)."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [round(limit.total_seconds() * 1000)])
        yield
        cursor.execute("SET LOCAL statement_timeout = DEFAULT")


def database_time() -> datetime:
    """The server's time; within a snapshot later than all that it holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment
