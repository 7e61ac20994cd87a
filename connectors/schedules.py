"""When connections run: a row of django-celery-beat for each, kept equal to what the connections say."""

from __future__ import annotations

import json
from typing import Final

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from connectors.models import Connection

TASK: Final = "connectors.tasks.sync"
# A task that waited longer than nearly its interval is not run: the next one is there.
_EXPIRES: Final = 0.9


def match() -> int:
    """Make, change and delete rows until they are right; how many there are now. A few queries, mostly no write."""
    with transaction.atomic():
        rows = {row.name: row for row in PeriodicTask.objects.filter(task=TASK).select_related("interval")}
        wanted = {_name(connection): connection for connection in Connection.objects.all()}
        for name in rows.keys() - wanted.keys():
            rows[name].delete()
        for name, connection in wanted.items():
            row = rows.get(name)
            if row is None or not _right(row, connection):
                PeriodicTask.objects.update_or_create(name=name, defaults=_row(connection))
        return len(wanted)


def _name(connection: Connection) -> str:
    return f"connection {connection.pk}: {connection.slug}"


def _right(row: PeriodicTask, connection: Connection) -> bool:
    interval = row.interval
    return (
        interval is not None
        and (interval.every, interval.period) == (connection.every, IntervalSchedule.SECONDS)
        and row.enabled == connection.enabled
        and json.loads(row.args) == [connection.pk]
    )


def _row(connection: Connection) -> dict[str, object]:
    every = max(1, connection.every)
    interval, _new = IntervalSchedule.objects.get_or_create(every=every, period=IntervalSchedule.SECONDS)
    return {
        "task": TASK,
        "interval": interval,
        "args": json.dumps([connection.pk]),
        "enabled": connection.enabled,
        "expire_seconds": max(1, int(every * _EXPIRES)),
    }
