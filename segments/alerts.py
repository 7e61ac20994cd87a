"""Telling when the size of a segment moves by more than its owner finds normal, within a day.

What an edit moves is told to nobody: it was looked at before it was published.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from profiles.locks import advisory_lock
from segments.models import Cause, Segment, SizeAlert
from segments.snapshot import database_time

LOCK = "segments.alerts"
SPAN = timedelta(days=1)

log = logging.getLogger(__name__)

# By the ledger's indexes of runs: the cost is that of a day's movement in the segments that are watched.
_MOVED = """
    SELECT watched.id,
           (SELECT count(*) FROM segments_membership WHERE segment_id = watched.id
            AND entered_run > since.run AND entered_cause <> %(edit)s)
         - (SELECT count(*) FROM segments_membership WHERE segment_id = watched.id
            AND left_run > since.run AND left_cause <> %(edit)s)
    FROM unnest(%(segments)s::bigint[]) AS watched (id),
         (SELECT coalesce(max(id), 0) AS run FROM segments_refresh WHERE at <= %(since)s) AS since
"""


def watch(at: datetime | None = None) -> list[SizeAlert]:
    """Compare the size of each watched segment with that of a day before `at` (default: now); the new alerts.

    At most one a day for each segment, however often it is asked.
    """
    with advisory_lock(LOCK, wait=True):
        at = at or database_time()
        told = SizeAlert.objects.filter(at__gt=at - SPAN).values("segment")
        watched = Segment.objects.filter(state=Segment.State.LIVE, alert_above__isnull=False, computed_at__isnull=False)
        segments = list(watched.exclude(pk__in=told))
        moved = _moved(segments, at - SPAN)
        alerts = [
            SizeAlert(segment=segment, at=at, before=segment.size - moved[segment.pk], after=segment.size)
            for segment in segments
            if _is_too_much(segment, moved[segment.pk])
        ]
        for alert in alerts:
            log.warning("A segment's size moved", extra={"segment": alert.segment.slug, "after": alert.after})
        return SizeAlert.objects.bulk_create(alerts)


def see(segment: Segment, user: User | None) -> None:
    """Somebody has seen the alerts of a segment."""
    segment.alerts.filter(seen_at__isnull=True).update(seen_at=timezone.now(), seen_by=user)


def _moved(segments: Sequence[Segment], since: datetime) -> dict[int, int]:
    """By segment: by how many it grew since, edits apart."""
    if not segments:
        return {}
    ids = [segment.pk for segment in segments]
    parameters: dict[str, Any] = {"segments": ids, "since": since, "edit": Cause.EDIT.value}
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, parameters)
        return dict(cursor.fetchall())


def _is_too_much(segment: Segment, moved: int) -> bool:
    """Of nobody, anybody is more than any percentage."""
    before = segment.size - moved
    return abs(moved) * 100 > (segment.alert_above or 0) * before
