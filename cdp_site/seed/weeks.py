"""The weeks behind segments and scores: who was in them and had them, as if Kith had been there all along."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

import scoring.refresh
from profiles.database import cursor
from segments.models import Clock, SegmentVersion
from segments.refresh import refresh
from segments.windows import midnight, today

DAYS = 35
WEEK = 7


def relive(days: int = DAYS) -> None:
    """Refresh at the end of each of the last days, then now; scores once a week.

    Days that a refresh has left behind are not gone back to: time only goes on.
    """
    now = timezone.now()
    clock = Clock.objects.values_list("at", flat=True).first()
    since: datetime | None = None
    for ago in range(days, -1, -1):
        at = midnight(today(now) - timedelta(days=ago))
        if clock and at <= clock:
            continue
        if since:
            _say_again(since, at)
        if since is None:  # The ledger begins here: so do the rules that it was kept by.
            SegmentVersion.objects.filter(author=None, created_at__gt=at).update(created_at=at)
        if ago % WEEK == 0:
            scoring.refresh.refresh(at=at)
        refresh(at)
        since = at
    if since:
        _say_again(since, now)
    scoring.refresh.refresh()
    refresh()


def _say_again(since: datetime, until: datetime) -> None:
    """What people did that day is news of that day: without it, all moves would look like time passing."""
    with cursor() as db:
        db.execute(
            """INSERT INTO profiles_change (profile_id, topic)
               SELECT DISTINCT event.profile_id, 'event:' || type.name
               FROM profiles_event AS event JOIN profiles_eventtype AS type ON type.id = event.name_id
               WHERE event.occurred_at > %s AND event.occurred_at <= %s""",
            [since, until],
        )
