"""What runs: read, then write; compare at night; try without writing. The verbs behind schedule, buttons and API.

Each connection by itself, in a task of its own: what one system does delays no other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from connectors import missing, preflight
from connectors.adapters.base import Adapter
from connectors.faults import Fault, Kind
from connectors.gateway import opened
from connectors.mapping import MappingError, Plan
from connectors.models import Connection, Inbound, SyncRun
from connectors.pull import Pull
from connectors.push import Push
from connectors.runs import Progress, pause, ready, running

# What was read is applied before anything is written: the worker is given so many seconds, else the next run writes.
PATIENCE: Final = 20.0
_LOOK: Final = 0.2
_Direction = SyncRun.Direction


class Sync:
    """A connection with its adapter, for the runs of one task."""

    def __init__(self, connection: Connection, adapter: Adapter, plans: dict[str, Plan]) -> None:
        self._connection = connection
        self._adapter = adapter
        self._plans = plans

    def pull(self, *, full: bool = False) -> None:
        """Read every object, companies before people before deals."""
        for kind, plan in self._plans.items():
            with self._run(kind, _Direction.PULL, full=full) as progress:
                if progress is not None:
                    Pull(self._connection, plan, self._adapter, progress, full=full).run()

    def push(self, *, full: bool = False) -> None:
        """Write what changed here, once everything that was read is applied."""
        if not self._applied():
            return
        for kind in self._writable():
            with self._run(kind, _Direction.PUSH, full=full) as progress:
                if progress is not None:
                    self._push(kind, progress).run()

    def compare(self, *, believe: bool = False) -> None:
        """The ids there with the ids here. `believe`: also that most of them are gone."""
        for kind in self._plans:
            with self._run(kind, _Direction.RECONCILE) as progress:
                if progress is not None:
                    missing.compare(self._connection, kind, self._adapter, progress, believe=believe)

    def preview(self, *, full: bool = False) -> None:
        """A dry run of writing."""
        for kind in self._writable():
            with self._run(kind, _Direction.PUSH, full=full, dry_run=True) as progress:
                if progress is not None:
                    self._push(kind, progress).preview()

    def _push(self, kind: str, progress: Progress) -> Push:
        return Push(self._connection, self._plans, kind, self._adapter, progress)

    def _writable(self) -> list[str]:
        return [kind for kind, plan in self._plans.items() if plan.writes]

    @contextmanager
    def _run(
        self, kind: str, direction: str, *, full: bool = False, dry_run: bool = False
    ) -> Iterator[Progress | None]:
        """A run, or None: the connection has to wait since the last, or another run is under way."""
        if not ready(self._connection):
            yield None
            return
        self._adapter.client.calls = 0
        with running(self._connection, kind, direction, dry_run=dry_run, full=full) as progress:
            yield progress

    def _applied(self) -> bool:
        until = time.monotonic() + PATIENCE
        while Inbound.objects.filter(connection=self._connection).exists():
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK)
        return True


def sync(connection_id: int, *, full: bool = False) -> None:
    """Read what changed there, then write what changed here. `full`: everything is read, whatever differs written."""
    with _opened(connection_id) as runs:
        if runs is not None:
            runs.pull(full=full)
            runs.push(full=full)


def pull(connection_id: int, *, full: bool = False) -> None:
    """Only read."""
    with _opened(connection_id) as runs:
        if runs is not None:
            runs.pull(full=full)


def push(connection_id: int, *, full: bool = False) -> None:
    """Only write."""
    with _opened(connection_id) as runs:
        if runs is not None:
            runs.push(full=full)


def reconcile(connection_id: int, *, believe: bool = False) -> None:
    """Compare both sides whole: ids first, then every field, then write what should be there and is not."""
    with _opened(connection_id) as runs:
        if runs is not None:
            runs.compare(believe=believe)
            runs.pull(full=True)
            runs.push(full=True)


def preview(connection_id: int, *, full: bool = False) -> None:
    """What would be written now; nothing is, not even a missing field."""
    with _opened(connection_id, make=False) as runs:
        if runs is not None:
            runs.preview(full=full)


@contextmanager
def _opened(connection_id: int, *, make: bool = True) -> Iterator[Sync | None]:
    """The runs of a connection; None when it is gone, has to wait, refuses us, or its mapping makes no sense."""
    connection = Connection.objects.select_related("source").filter(pk=connection_id).first()
    with ExitStack() as stack:
        yield _ready(connection, stack, make=make) if connection is not None and ready(connection) else None


def _ready(connection: Connection, stack: ExitStack, *, make: bool) -> Sync | None:
    try:
        adapter = stack.enter_context(opened(connection))
        if preflight.stale(connection):
            preflight.look(connection, adapter, make=make)
        return Sync(connection, adapter, preflight.sound(connection))
    except Fault as fault:
        pause(connection, fault)
    except (MappingError, KeyError) as error:
        # No such adapter, or a mapping that cannot be read: somebody has to mend it.
        pause(connection, Fault(Kind.PERMANENT, str(error)))
    return None
