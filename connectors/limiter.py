"""How often a connection may be called: one bucket in PostgreSQL, shared by every process and thread.

The first tokens are taken at once, then they come at the remote's pace. Whoever takes one that is not there yet
owes it, and waits until it is: nobody is served out of turn, and one statement is enough. The bucket is small and
fills a little slower than allowed, so that no window of the remote's ever sees more than its limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final

import psycopg
from django.db import connection as django_connection
from django.utils.translation import gettext as _

from connectors.adapters.base import Limits
from connectors.faults import Fault, Kind

# Of the calls of a window: so many may come at once, the others at their pace.
_BURST: Final = 0.1
# Who would have to wait longer gives up, and the run pauses.
LONGEST_WAIT: Final = 120.0
# Tokens are taken for so much time ahead: a statement for each call would cost more than a quick call.
_AHEAD: Final = 0.1

_TAKE = """
    INSERT INTO connectors_callbudget AS b (connection_id, tokens, at, day, used)
    VALUES (%(id)s, %(burst)s - %(n)s, clock_timestamp(), (clock_timestamp() AT TIME ZONE 'UTC')::date, %(n)s)
    ON CONFLICT (connection_id) DO UPDATE SET
        tokens = LEAST(%(burst)s, b.tokens + extract(epoch FROM clock_timestamp() - b.at) * %(rate)s) - %(n)s,
        at = clock_timestamp(), day = EXCLUDED.day,
        used = CASE WHEN b.day = EXCLUDED.day THEN b.used ELSE 0 END + %(n)s
    RETURNING tokens, used"""
_GIVE_BACK = """
    UPDATE connectors_callbudget SET tokens = tokens + %(n)s, used = GREATEST(0, used - %(n)s)
    WHERE connection_id = %(id)s"""
# A debt of so many seconds: everybody pays it.
_HOLD = """
    UPDATE connectors_callbudget
    SET tokens = LEAST(tokens + extract(epoch FROM clock_timestamp() - at) * %(rate)s, -%(seconds)s * %(rate)s),
        at = clock_timestamp()
    WHERE connection_id = %(id)s"""


class Budget:
    """The allowance of one connection, for the threads of one run. It speaks to PostgreSQL by itself."""

    def __init__(self, connection_id: int, limits: Limits, sleep: Callable[[float], None] = time.sleep) -> None:
        self._id = connection_id
        self._burst = max(1.0, limits.calls * _BURST)
        self._rate = limits.calls * (1 - _BURST) / limits.window.total_seconds()
        self._lease = max(1, int(min(self._burst, self._rate * _AHEAD)))
        self._most = int(limits.daily * (1 - limits.reserve)) if limits.daily else 0
        self._sleep = sleep
        self._leased = 0
        self._lock = Lock()
        self._own: psycopg.Connection[Any] | None = None

    def take(self) -> None:
        """Wait until one call is allowed. Raises Fault(QUOTA) when the day's are used up, or the wait too long."""
        with self._lock:
            if self._leased:
                self._leased -= 1
                return
            tokens, used = self._row(_TAKE, n=self._lease)
            wait = max(0.0, -tokens / self._rate)
            if self._most and used > self._most:
                self._row(_GIVE_BACK, n=self._lease)
                raise Fault(Kind.QUOTA, _("The calls of the day are used up."), retry_after=_until_midnight())
            if wait > LONGEST_WAIT:
                self._row(_GIVE_BACK, n=self._lease)
                raise Fault(Kind.QUOTA, _("Too many calls are waiting."), retry_after=wait)
            self._leased = self._lease - 1
        if wait:
            self._sleep(wait)

    def hold(self, seconds: float) -> None:
        """The remote asks to wait: whoever shares this budget does."""
        with self._lock:
            self._leased = 0
            self._row(_HOLD, seconds=seconds)

    def close(self) -> None:
        """Let go of the connection, and of what was leased and not used."""
        with self._lock:
            if self._leased and self._own is not None:
                self._row(_GIVE_BACK, n=self._leased)
                self._leased = 0
            if self._own is not None:
                self._own.close()
                self._own = None

    def _row(self, statement: str, **values: float) -> tuple[float, int]:
        if self._own is None or self._own.closed:
            parameters = {**django_connection.get_connection_params(), "application_name": "kith call budget"}
            self._own = psycopg.connect(**parameters, autocommit=True)
        bounds = {"id": self._id, "burst": self._burst, "rate": self._rate, **values}
        found = self._own.execute(statement, bounds)
        return found.fetchone() or (0.0, 0) if found.description else (0.0, 0)


def _until_midnight() -> float:
    now = datetime.now(UTC)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - now).total_seconds()
