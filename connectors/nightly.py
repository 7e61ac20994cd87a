"""What is done once a day, whichever connections there are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.utils import timezone

from connectors.models import Connection, DeadLetter, Outbound, SyncRun

# How long what was done stays in the log.
KEPT: Final = timedelta(days=30)


def each(begin: Callable[[int], object]) -> None:
    """Begin something for each connection that is on."""
    for connection_id in Connection.objects.filter(enabled=True).values_list("pk", flat=True):
        begin(connection_id)


def sweep() -> None:
    """Forget runs, writes and resolved refusals of long ago."""
    before = timezone.now() - KEPT
    SyncRun.objects.filter(started_at__lt=before).delete()
    Outbound.objects.filter(at__lt=before).delete()
    DeadLetter.objects.filter(resolved_at__lt=before).delete()
