"""The durable inbox, over raw connections: one row a request, committed before the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

import psycopg
from django.db import connection as django_connection
from psycopg_pool import ConnectionPool, PoolTimeout

from tracking import quarantine
from tracking.credentials import Writer
from tracking.quarantine import Refused

Connection = psycopg.Connection[Any]
T = TypeVar("T")

# Seconds that a request waits for a connection: a restart of the database is over before that, an outage is not.
PATIENCE = 2.0
_MOST_CONNECTIONS = 16

_PUT = """INSERT INTO tracking_inbox (source_id, kind, messages, received_at, body)
          VALUES (%b, %s, %b, %b, %b)"""
_WRITERS = """SELECT k.digest, s.id, s.name, s.allowed_origins, k.expires_at
              FROM profiles_writekey k JOIN profiles_source s ON s.id = k.source_id
              WHERE s.enabled AND (k.expires_at IS NULL OR k.expires_at > now())"""
# Counting a queue costs as much as the queue is long. Its two ends do not: ids come without gaps worth
# mentioning, and the requests at both ends tell how many messages one carries.
_BACKLOG = """
    WITH ends AS ((SELECT id, messages FROM tracking_inbox ORDER BY id LIMIT 20)
                  UNION ALL (SELECT id, messages FROM tracking_inbox ORDER BY id DESC LIMIT 20))
    SELECT coalesce((max(id) - min(id) + 1) * avg(messages), 0)::bigint FROM ends"""


class Inbox:
    """Where the collector puts what it accepts, shared by its threads. Every verb raises psycopg.OperationalError."""

    def __init__(self) -> None:
        self._pool: ConnectionPool[Connection] | None = None
        self._opening = Lock()

    def put(self, writer: Writer, kind: str, messages: int, received_at: datetime, body: bytes) -> None:
        """Keep one request; on return it is on disk."""
        row = (writer.source_id, kind, messages, received_at, body)
        self._run(lambda connection: connection.execute(_PUT, row))

    def refuse(self, refused: Refused) -> None:
        """Keep what cannot be taken in, within its source's quota."""
        self._run(lambda connection: quarantine.keep(connection, [refused]))

    def writers(self) -> Mapping[bytes, Writer]:
        """Every key that is valid now."""
        return {
            bytes(digest): Writer(source_id, name, _origins(origins), expires_at)
            for digest, source_id, name, origins, expires_at in self._run(
                lambda connection: connection.execute(_WRITERS).fetchall()
            )
        }

    def backlog(self) -> int:
        """About how many messages wait."""
        row = self._run(lambda connection: connection.execute(_BACKLOG).fetchone())
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of the connections."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _run(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._connections().connection() as connection:
                return work(connection)
        except PoolTimeout:
            raise
        except psycopg.OperationalError:
            # A restart leaves the pool full of dead connections. Putting twice is harmless: messages have ids.
            self._connections().check()
            with self._connections().connection() as connection:
                return work(connection)

    def _connections(self) -> ConnectionPool[Connection]:
        """The pool, opened by the first request: the process that loads us may not be the one that serves."""
        if self._pool is None:
            with self._opening:
                if self._pool is None:
                    self._pool = _open()
        return self._pool


def _open() -> ConnectionPool[Connection]:
    # An outage is said once a request, by the collector; not once an attempt besides.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    parameters = django_connection.get_connection_params()
    # Django's cursors bind on the client, as text; ours on the server, in binary.
    ours = {name: value for name, value in parameters.items() if name not in {"cursor_factory", "context"}}
    return ConnectionPool(
        kwargs={**ours, "prepare_threshold": 2, "autocommit": True, "application_name": "kith collector"},
        min_size=1,
        max_size=_MOST_CONNECTIONS,
        timeout=PATIENCE,
        # After that the next request tries at once, instead of waiting for a back-off that grows.
        reconnect_timeout=PATIENCE,
        open=True,
    )


def _origins(listed: Any) -> frozenset[str]:
    return frozenset(str(origin).rstrip("/").lower() for origin in listed or ())
