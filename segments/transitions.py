"""Who entered and who left, in the order it happened: the feed that everything downstream reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from segments.models import Segment

# The two indexes of the ledger begin with the segment: each segment's next rows are read from its own
# index and merged, so a page costs the same however long the ledger is.
_PAGE = """
    SELECT moved.run, moved.profile_id, segment.id, moved.kind, segment.slug, moved.at, moved.cause
    FROM segments_segment AS segment
    CROSS JOIN LATERAL (
        (SELECT entered_run AS run, profile_id, 0 AS kind, entered_at AS at, entered_cause AS cause
         FROM segments_membership
         WHERE segment_id = segment.id AND (entered_run, profile_id) >= (%(run)s, %(profile)s)
         ORDER BY entered_run, profile_id LIMIT %(limit)s + 1)
        UNION ALL
        (SELECT left_run, profile_id, 1, left_at, left_cause
         FROM segments_membership
         WHERE segment_id = segment.id AND left_run IS NOT NULL
           AND (left_run, profile_id) >= (%(run)s, %(profile)s)
         ORDER BY left_run, profile_id LIMIT %(limit)s + 1)
    ) AS moved
    WHERE (%(only)s::bigint IS NULL OR segment.id = %(only)s)
      AND (moved.run, moved.profile_id, segment.id, moved.kind) > (%(run)s, %(profile)s, %(segment)s, %(kind)s)
    ORDER BY moved.run, moved.profile_id, segment.id, moved.kind
    LIMIT %(limit)s
"""
KINDS = ("entered", "left")
_BEGINNING = (0, 0, 0, -1)


@dataclass(frozen=True)
class Transition:
    """A person entered or left a segment. `position` orders all of them: (run, person, segment, kind)."""

    position: tuple[int, int, int, int]
    segment: str
    at: datetime
    cause: str

    @property
    def run(self) -> int:
        """The refresh that moved them."""
        return self.position[0]

    @property
    def profile(self) -> int:
        """Whom it is about."""
        return self.position[1]

    @property
    def kind(self) -> str:
        """What happened: "entered" or "left"."""
        return KINDS[self.position[3]]


class Feed:
    """The transitions of one segment, or of all of them, oldest first.

    A position once read stays good for ever: runs are numbered under the refresher's lock and become
    visible whole, so nothing ever appears behind a reader's back.
    """

    width = len(_BEGINNING)

    def __init__(self, segment: Segment | None = None) -> None:
        self._only = segment.pk if segment else None

    def after(self, position: Sequence[int] | None, limit: int) -> list[Transition]:
        """The first `limit` transitions behind that position, or from the beginning."""
        run, profile, segment, kind = position or _BEGINNING
        bounds = {"run": run, "profile": profile, "segment": segment, "kind": kind}
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, bounds | {"limit": limit, "only": self._only})
            return [
                Transition(position=(run, profile, segment, kind), segment=slug, at=at, cause=cause)
                for run, profile, segment, kind, slug, at, cause in cursor.fetchall()
            ]

    def position(self, transition: Transition) -> tuple[int, ...]:
        """Where a transition stands."""
        return transition.position
