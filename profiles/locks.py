"""Locks by name, held in PostgreSQL: one runner at a time, wherever its process is."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connection


class AdvisoryLock:
    """One named lock, held on a connection of its own.

    So neither a rollback nor a connection that Django closes lets go of it, and the death of the process does, at
    once. When PostgreSQL itself restarts, the lock is lost: whoever holds one for long asks `held()` now and then.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._connection: psycopg.Connection[Any] | None = None

    def acquire(self, *, wait: bool = False) -> bool:
        """Take the lock; without `wait`, say False when somebody else has it. Raises psycopg.OperationalError."""
        self.release()
        own = psycopg.connect(**_parameters(f"lock {self.name}"), autocommit=True)
        try:
            if wait:
                own.execute("SELECT pg_advisory_lock(%s)", [key(self.name)])
                got = True
            else:
                row = own.execute("SELECT pg_try_advisory_lock(%s)", [key(self.name)]).fetchone()
                got = bool(row and row[0])
        except BaseException:
            own.close()
            raise
        if got:
            self._connection = own
        else:
            own.close()
        return got

    def held(self) -> bool:
        """Do we have it still? Asks the server, so that a lost connection counts as a lost lock."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.OperationalError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let go; harmless when not held."""
        if self._connection is not None:
            # Said, not left to the end of the connection: the server notices that a little later.
            with suppress(psycopg.OperationalError):
                self._connection.execute("SELECT pg_advisory_unlock(%s)", [key(self.name)])
            self._connection.close()
            self._connection = None


@contextmanager
def advisory_lock(name: str, wait: bool = False) -> Iterator[bool]:
    """Hold the lock `name` for a block, which gets True, or False when somebody else has it (never with `wait`)."""
    lock = AdvisoryLock(name)
    try:
        yield lock.acquire(wait=wait)
    finally:
        lock.release()


def is_held(name: str) -> bool:
    """Does any process hold the lock `name` on this database? One look into pg_locks, it takes nothing."""
    unsigned = key(name) % 2**64
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (
                 SELECT FROM pg_locks JOIN pg_database d ON d.oid = pg_locks.database
                 WHERE locktype = 'advisory' AND granted AND objsubid = 1
                   AND d.datname = current_database()
                   AND classid::bigint = %s AND objid::bigint = %s)""",
            [unsigned >> 32, unsigned & 0xFFFFFFFF],
        )
        row = cursor.fetchone()
    return bool(row and row[0])


def key(name: str) -> int:
    """The signed 64-bit number that stands for `name` in PostgreSQL."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _parameters(application_name: str) -> dict[str, Any]:
    return {**connection.get_connection_params(), "application_name": f"kith {application_name}"}
