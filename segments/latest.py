"""The whole ledger, newest first: who entered or left which segment, and because of what. Cut at a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from segments.faces import Face, faces
from segments.models import Cause, Segment
from segments.roster import because, leaf_words
from segments.transitions import KINDS

PAGE = 50

# As transitions.Feed, the other way: each segment's last rows are read from its own two indexes and merged.
_PAGE = """
    SELECT moved.run, moved.profile_id, segment.id, moved.kind, moved.at, moved.cause, moved.leaves
    FROM segments_segment AS segment
    CROSS JOIN LATERAL (
        (SELECT entered_run AS run, profile_id, 0 AS kind, entered_at AS at, entered_cause AS cause,
                entered_leaves AS leaves
         FROM segments_membership
         WHERE segment_id = segment.id AND %(entered)s AND (entered_run, profile_id) <= (%(run)s, %(profile)s)
         ORDER BY entered_run DESC, profile_id DESC LIMIT %(limit)s + 1)
        UNION ALL
        (SELECT left_run, profile_id, 1, left_at, left_cause, left_leaves
         FROM segments_membership
         WHERE segment_id = segment.id AND %(left)s AND left_run IS NOT NULL
           AND (left_run, profile_id) <= (%(run)s, %(profile)s)
         ORDER BY left_run DESC, profile_id DESC LIMIT %(limit)s + 1)
    ) AS moved
    WHERE (moved.run, moved.profile_id, segment.id, moved.kind) < (%(run)s, %(profile)s, %(segment)s, %(kind)s)
    ORDER BY moved.run DESC, moved.profile_id DESC, segment.id DESC, moved.kind DESC
    LIMIT %(limit)s
"""
_END = 2**62


class Key(NamedTuple):
    """Where a page goes on: behind this movement."""

    run: int = _END
    profile: int = _END
    segment: int = _END
    kind: int = 2

    @classmethod
    def read(cls, text: str) -> Key:
        """From an address; what makes no sense is the newest."""
        parts = text.split(".")
        if len(parts) != len(cls._fields) or not all(part.isdecimal() and len(part) < 19 for part in parts):
            return cls()
        run, profile, segment, kind = map(int, parts)
        return cls(run, profile, segment, min(kind, 2))

    def __str__(self) -> str:
        return ".".join(map(str, self))


@dataclass(frozen=True)
class Movement:
    """Somebody entered or left a segment."""

    face: Face
    segment: Segment
    entered: bool
    at: datetime
    cause: str
    because: tuple[str, ...]


def latest(before: str = "", kind: str = "") -> tuple[list[Movement], str]:
    """A page of movements, and the key of the next one (empty at the end). `kind`: "entered", "left", or both ("")."""
    key = Key.read(before)
    bounds = key._asdict() | {name: kind in {"", name} for name in KINDS} | {"limit": PAGE + 1}
    with connection.cursor() as cursor:
        cursor.execute(_PAGE, bounds)
        rows = cursor.fetchall()
    shown = [(*row[:6], _ids(row[6])) for row in rows[:PAGE]]
    words = leaf_words(leaf for row in shown for leaf in row[6])
    known, segments = faces(row[1] for row in shown), Segment.objects.in_bulk({row[2] for row in shown})
    found = [
        Movement(known[profile], segments[segment], not left, at, str(Cause(cause).label), because(leaves, words))
        for _run, profile, segment, left, at, cause, leaves in shown
    ]
    return found, str(Key(*shown[-1][:4])) if len(rows) > PAGE else ""


def _ids(leaves: str | list[int]) -> list[int]:
    return leaves if isinstance(leaves, list) else [int(each) for each in leaves.strip("[]").split(",") if each.strip()]
