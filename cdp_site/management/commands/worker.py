"""The process that turns what was accepted into people, and people into members of segments."""

from __future__ import annotations

import logging
import random
import signal
import time
from threading import Event
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import Error, connection

from profiles import partitions
from profiles.locks import AdvisoryLock
from segments import refresh
from tracking.apply import apply_batch
from tracking.failures import describe

log = logging.getLogger(__name__)

LOCK = "worker"
_IDLE_SECONDS = 0.075
_LOCK_SECONDS = 1.0
_LONGEST_BACKOFF = 15.0


class Command(BaseCommand):
    """Apply the inbox and keep the segments true, until SIGTERM. One such process works; others stand by."""

    help = "Applies what was collected and refreshes segments, until it is told to stop."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        """Run, and come back after whatever happens to the database."""
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        failures = 0
        while not stopping.is_set():
            lock = AdvisoryLock(LOCK)
            try:
                if lock.acquire():
                    partitions.ahead()
                    Worker(lock, stopping).run()
                    failures = 0
                else:
                    stopping.wait(_LOCK_SECONDS)
            except (Error, psycopg.Error) as error:
                failures += 1
                log.warning("the worker waits for the database: %s", describe(error))
                connection.close()
                stopping.wait(_backoff(failures))
            finally:
                lock.release()


class Worker:
    """The loop itself, as long as the lock is ours."""

    def __init__(self, lock: AdvisoryLock, stopping: Event) -> None:
        self._lock = lock
        self._stopping = stopping
        self._refresh_failures = 0
        self._refresh_again_at = 0.0
        self._lock_checked_at = time.monotonic()

    def run(self) -> None:
        """Apply and refresh until told to stop, or the lock is lost. Raises what the database raises."""
        while not self._stopping.is_set() and self._still_ours():
            applied = apply_batch()
            self._refresh(bool(applied))
            if not applied:
                self._stopping.wait(_IDLE_SECONDS)

    def _refresh(self, applied: bool) -> None:
        """Keep the segments true. A failure is retried later and stops nothing: changes wait in their queue."""
        if self._refresh_failures and time.monotonic() < self._refresh_again_at:
            return
        try:
            if applied or refresh.pending():
                refresh.refresh()
            self._refresh_failures = 0
        except Exception as error:  # noqa: BLE001  whatever it is, applying goes on
            self._refresh_failures += 1
            self._refresh_again_at = time.monotonic() + _backoff(self._refresh_failures)
            log.error("segments were not refreshed: %s", describe(error))  # noqa: TRY400  a traceback quotes data

    def _still_ours(self) -> bool:
        """A restart of the database frees the lock: look once in a while."""
        if time.monotonic() - self._lock_checked_at < _LOCK_SECONDS:
            return True
        self._lock_checked_at = time.monotonic()
        return self._lock.held()


def _backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: half a second, doubling, spread a little."""
    return min(_LONGEST_BACKOFF, 0.25 * 2.0 ** min(failures, 10)) * random.uniform(0.8, 1.2)  # noqa: S311  no secret
