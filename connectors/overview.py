"""How connections stand: what is linked, what waits, what failed, when it goes on. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise

from connectors.adapters import adapters
from connectors.models import Conflict, Connection, DeadLetter, Link, SyncRun

_UNDER_WAY = Q(finished_at__isnull=True)


@dataclass(frozen=True)
class Standing:
    """One connection now. `waiting`: links with something to write. `next_at` is None when nothing will happen."""

    connection: Connection
    system: str | Promise
    people: int = 0
    synced: int = 0
    waiting: int = 0
    missing: int = 0
    letters: int = 0
    conflicts: int = 0
    last: SyncRun | None = None
    running: tuple[SyncRun, ...] = ()

    @property
    def next_at(self) -> datetime | None:
        """When the schedule comes back to it; a moment that has passed means: as soon as a worker is free."""
        connection = self.connection
        if not connection.enabled or connection.state == Connection.State.RECONNECT:
            return None
        due = (self.last.started_at if self.last else timezone.now()) + timedelta(seconds=connection.every)
        return max(due, connection.paused_until) if connection.paused_until else due

    @property
    def soon(self) -> bool:
        """Is it due within a minute?"""
        return self.next_at is not None and self.next_at <= timezone.now() + timedelta(minutes=1)


def standings(connections: Sequence[Connection]) -> list[Standing]:
    """For each connection, in its order: six queries in all."""
    ids = [connection.pk for connection in connections]
    links = _links(ids)
    letters = _counts(DeadLetter.objects.filter(connection__in=ids, resolved_at=None), "connection")
    conflicts = _counts(Conflict.objects.filter(link__connection__in=ids, seen_at=None), "link__connection")
    runs = SyncRun.objects.filter(connection__in=ids)
    real = runs.filter(dry_run=False).exclude(_UNDER_WAY)
    last = {run.connection_id: run for run in real.order_by("connection_id", "-id").distinct("connection_id")}
    running: dict[int, list[SyncRun]] = {}
    for run in runs.filter(_UNDER_WAY).order_by("id"):
        running.setdefault(run.connection_id, []).append(run)
    known = adapters()
    return [
        Standing(
            connection=each,
            system=known[each.adapter].label if each.adapter in known else each.adapter,
            letters=letters.get(each.pk, 0),
            conflicts=conflicts.get(each.pk, 0),
            last=last.get(each.pk),
            running=tuple(running.get(each.pk, ())),
            **links.get(each.pk, {}),
        )
        for each in connections
    ]


def standing(connection: Connection) -> Standing:
    """One of them."""
    return standings([connection])[0]


def _links(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    of_people = Q(profile_id__isnull=False)
    rows: Any = (
        Link.objects.filter(connection__in=ids)
        .order_by()
        .values("connection")
        .annotate(
            people=Count("id", filter=of_people & ~Q(state=Link.State.MISSING)),
            synced=Count("id", filter=of_people & Q(state=Link.State.SYNCED)),
            waiting=Count("id", filter=of_people & Q(stale=True)),
            missing=Count("id", filter=of_people & Q(state=Link.State.MISSING)),
        )
    )
    return {row.pop("connection"): row for row in rows}


def _counts(rows: Any, by: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(rows=Count("pk")))
