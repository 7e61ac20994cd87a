"""The ledger of who was in which segment, from when to when, and because of what."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from profiles import database
from segments.bitmaps import BitMap64
from segments.models import Cause, Segment
from segments.sets import Flip

# Of several causes the first is told.
_PRIORITY = [Cause.EDIT, Cause.MANUAL, Cause.MERGE, Cause.EVENT, Cause.TRAIT, Cause.CLOCK, Cause.SEGMENT, Cause.PERSON]


@dataclass
class Flipped:
    """A leaf that flipped in this run, and for whom because of which cause; for the others, because of time."""

    leaf_id: int
    flip: Flip
    because: dict[Cause, BitMap64] = field(default_factory=dict)

    def cause(self, profile_id: int) -> Cause:
        """Why it flipped for this person."""
        return next((cause for cause, people in self.because.items() if profile_id in people), Cause.CLOCK)


@dataclass
class Moves:
    """Who enters and who leaves a segment; without `flipped`, because the segment was edited."""

    segment: Segment
    flip: Flip
    flipped: list[Flipped] | None

    def reasons(self, people: BitMap64) -> Iterator[tuple[int, Cause, list[int]]]:
        """(profile, cause, ids of the leaves that flipped) for each of these people."""
        if self.flipped is None:
            yield from ((profile_id, Cause.EDIT, []) for profile_id in people)
            return
        seen: dict[int, list[Flipped]] = defaultdict(list)
        for leaf in self.flipped:
            for profile_id in leaf.flip.people & people:
                seen[profile_id].append(leaf)
        for profile_id, leaves in seen.items():
            cause = min((leaf.cause(profile_id) for leaf in leaves), key=_PRIORITY.index)
            yield profile_id, cause, [leaf.leaf_id for leaf in leaves]


def write(moves: list[Moves], at: datetime, run_id: int) -> None:
    """Close the intervals of those who left and open those of who entered: two statements for all segments."""
    _close(moves, at, run_id)
    _open(moves, at, run_id)


def _open(moves: list[Moves], at: datetime, run_id: int) -> None:
    connection.ensure_connection()
    with (
        connection.connection.cursor() as cursor,
        cursor.copy(
            "COPY segments_membership (profile_id, segment_id, version, entered_at, entered_run, entered_cause,"
            " entered_leaves, left_cause, left_leaves) FROM STDIN"
        ) as copy,
    ):
        for move in moves:
            segment = move.segment
            for profile_id, cause, leaves in move.reasons(move.flip.entered):
                copy.write_row(
                    (profile_id, segment.pk, segment.version, at, run_id, cause.value, json.dumps(leaves), "", "[]")
                )


def _close(moves: list[Moves], at: datetime, run_id: int) -> None:
    rows = [
        (profile_id, move.segment.pk, cause.value, json.dumps(leaves))
        for move in moves
        for profile_id, cause, leaves in move.reasons(move.flip.left)
    ]
    if not rows:
        return
    # By the index, whatever the statistics say: the cost is that of those who left.
    with database.cursor() as cursor:
        cursor.execute(
            """UPDATE segments_membership AS m
               SET left_at = %s, left_run = %s, left_cause = gone.cause, left_leaves = gone.leaves::jsonb
               FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[])
                    AS gone (profile_id, segment_id, cause, leaves)
               WHERE m.segment_id = gone.segment_id AND m.profile_id = gone.profile_id AND m.left_at IS NULL""",
            [at, run_id, *map(database.array, zip(*rows, strict=True))],
        )
