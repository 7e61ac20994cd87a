"""The process that turns what was accepted into people, and people into members of segments."""

from __future__ import annotations

import logging
import signal
import time
from threading import Event
from typing import Any

import psycopg
from django.core.management.base import BaseCommand
from django.db import Error, connection

from cdp_site.health import WORKER
from cdp_site.pipeline import backoff, steps
from profiles import partitions
from profiles.locks import AdvisoryLock
from tracking.apply import BATCH, apply_batch
from tracking.failures import describe

log = logging.getLogger(__name__)

_IDLE_SECONDS = 0.075
_LOCK_SECONDS = 1.0
_APPLY_SECONDS = 5.0


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
            lock = AdvisoryLock(WORKER)
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
                stopping.wait(backoff(failures))
            finally:
                lock.release()


class Worker:
    """The loop itself, as long as the lock is ours."""

    def __init__(self, lock: AdvisoryLock, stopping: Event) -> None:
        self._lock = lock
        self._stopping = stopping
        self._steps = steps()
        self._lock_checked_at = time.monotonic()

    def run(self) -> None:
        """Apply, and let every room follow, until told to stop, or the lock is lost. Raises what applying raises."""
        while not self._stopping.is_set() and self._still_ours():
            busy = self._apply()
            for step in self._steps:
                busy |= step.turn()
            if not busy:
                self._stopping.wait(_IDLE_SECONDS)

    def _apply(self) -> bool:
        """What waits, before the others follow. Of a backlog several full batches, for a while: whoever did more in it
        is looked at once. A batch that is not full leaves nothing behind.
        """
        until = time.monotonic() + _APPLY_SECONDS
        while (taken := apply_batch()) >= BATCH and time.monotonic() < until:
            if self._stopping.is_set() or not self._still_ours():
                break
        return bool(taken)

    def _still_ours(self) -> bool:
        """A restart of the database frees the lock: look once in a while."""
        if time.monotonic() - self._lock_checked_at < _LOCK_SECONDS:
            return True
        self._lock_checked_at = time.monotonic()
        return self._lock.held()
