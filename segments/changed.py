"""What happened since the last refresh: who changed, by topic."""

from __future__ import annotations

from functools import reduce

from django.db import connection

from segments import bitmaps
from segments.bitmaps import BitMap64
from segments.leaves.base import ANY_EVENT


def take() -> dict[str, BitMap64]:
    """Who changed, by topic. Taken for good: they return if this transaction fails."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH taken AS (DELETE FROM profiles_change RETURNING topic, profile_id)"
            " SELECT topic, array_send(array_agg(profile_id)) FROM taken GROUP BY topic"
        )
        changes = {topic: bitmaps.of(bytes(packed)) for topic, packed in cursor.fetchall()}
    events = [people for topic, people in changes.items() if topic.startswith("event:")]
    return changes | {ANY_EVENT: reduce(BitMap64.__or__, events)} if events else changes
