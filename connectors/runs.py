"""One run over one object of a connection: alone, in the log, with its progress, and stopped when it should.

A run ends as done, paused (no calls left, credentials refused: it goes on by itself, or after somebody has connected
again), cancelled or failed. Whatever it had done by then stays done.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.client import backoff
from connectors.faults import Fault, Kind
from connectors.models import Connection, SyncRun
from profiles.locks import advisory_lock

# Progress is written so often, and whether somebody cancelled is looked up as often.
_SECONDS: Final = 1.0
# A run that takes longer gives way to others and goes on where it was: a slow system delays nobody else.
LONGEST: Final = timedelta(minutes=10)
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 3600.0
_COUNTS: Final = ("total", "read", "changed", "written", "skipped", "failed", "calls")

State = SyncRun.State


class Stopped(Exception):  # noqa: N818  nothing is wrong
    """The run ends here, of its own will: somebody cancelled it, or its time is over."""

    def __init__(self, state: SyncRun.State) -> None:
        super().__init__(state)
        self.state = state


class Progress:
    """A run under way. `beat` is called often; it writes seldom."""

    def __init__(self, run: SyncRun) -> None:
        self.run = run
        self._started = self._said = time.monotonic()

    def enter(self, state: SyncRun.State) -> None:
        """The next part begins."""
        self.run.state = state
        self._save()

    def beat(self) -> None:
        """Still alive. Raises Stopped when the run is to end here."""
        now = time.monotonic()
        if now - self._said < _SECONDS:
            return
        self._said = now
        self._save()
        if SyncRun.objects.filter(pk=self.run.pk, cancel=True).exists():
            raise Stopped(State.CANCELLED)
        if now - self._started > LONGEST.total_seconds():
            raise Stopped(State.PAUSED)

    def _save(self) -> None:
        self.run.moved_at = timezone.now()
        self.run.save(update_fields=["state", "moved_at", "cursor", *_COUNTS])


@contextmanager
def running(
    connection: Connection, kind: str, direction: str, *, dry_run: bool = False, full: bool = False
) -> Iterator[Progress | None]:
    """A run for a block, which gets None when another run of that object is under way. Faults end up in the log."""
    with advisory_lock(f"connection {connection.pk} {kind}") as alone:
        if not alone:
            yield None
            return
        # Of a process that died: nobody else can be running.
        SyncRun.objects.filter(connection=connection, object=kind, finished_at=None).update(
            state=State.FAILED, finished_at=timezone.now(), error=_("The process ended.")
        )
        run = SyncRun.objects.create(
            connection=connection, object=kind, direction=direction, dry_run=dry_run, full=full, state=State.PREFLIGHT
        )
        progress = Progress(run)
        try:
            yield progress
        except Stopped as stop:
            _finish(run, stop.state)
        except Fault as fault:
            _finish(run, State.PAUSED if _passes(fault) else State.FAILED, fault.words)
            pause(connection, fault)
        except BaseException as error:
            if isinstance(error, DatabaseError):
                transaction.get_connection().close_if_unusable_or_obsolete()
            _finish(run, State.FAILED, type(error).__name__)
            raise
        else:
            _finish(run, State.DONE)
            recover(connection)


def cancel(run: SyncRun) -> None:
    """Ask a run to stop: it does within seconds, between two calls."""
    SyncRun.objects.filter(pk=run.pk, finished_at=None).update(cancel=True)


def ready(connection: Connection) -> bool:
    """May it be called now?"""
    if connection.state == Connection.State.RECONNECT:
        return False
    return connection.paused_until is None or connection.paused_until <= timezone.now()


def pause(connection: Connection, fault: Fault) -> None:
    """After a fault of a whole run: who has to do something about it, or when it goes on."""
    wait = backoff(_failures(connection), fault.retry_after, first=_FIRST_WAIT, longest=_LONGEST_WAIT)
    connection.words, connection.paused_until = fault.words, timezone.now() + timedelta(seconds=wait)
    if fault.kind is Kind.AUTH:
        connection.state, connection.paused_until = Connection.State.RECONNECT, None
    elif _passes(fault):
        connection.state = Connection.State.PAUSED
    else:
        connection.state = Connection.State.FAILED
    connection.save(update_fields=["state", "words", "paused_until"])


def recover(connection: Connection) -> None:
    """It answers: whatever was wrong is over."""
    if connection.state != Connection.State.READY or connection.paused_until is not None:
        connection.state, connection.words, connection.paused_until = Connection.State.READY, "", None
        connection.save(update_fields=["state", "words", "paused_until"])


def _passes(fault: Fault) -> bool:
    return fault.kind in {Kind.TRANSIENT, Kind.UNKNOWN, Kind.QUOTA, Kind.AUTH}


def _failures(connection: Connection) -> int:
    """How many of the last runs failed in a row."""
    states = list(SyncRun.objects.filter(connection=connection).values_list("state", flat=True)[:8])
    good = next((number for number, state in enumerate(states) if state == State.DONE), len(states))
    return max(1, good)


def _finish(run: SyncRun, state: str, error: str = "") -> None:
    run.state, run.error = state, error
    run.finished_at = run.moved_at = timezone.now()
    run.save(update_fields=["state", "error", "finished_at", "moved_at", "cursor", "details", *_COUNTS])
