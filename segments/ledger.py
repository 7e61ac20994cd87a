"""The ledger of who was in which segment, from when to when, and because of what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

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

    def causes(self, people: BitMap64) -> Iterator[tuple[Cause, BitMap64]]:
        """Why it flipped, for those of these people for whom it did."""
        people = people & self.flip.people
        for cause, some in self.because.items():
            if because := people & some:
                yield cause, because
                people -= because
        if people:
            yield Cause.CLOCK, people


@dataclass
class Moves:
    """Who enters and who leaves a segment; without `flipped`, because the segment was edited."""

    segment: Segment
    flip: Flip
    flipped: list[Flipped] | None

    def reasons(self, people: BitMap64) -> list[Reason]:
        """Why these people move: each of them once, those with the same reason together."""
        if not people:
            return []
        if self.flipped is None:
            return [Reason(people, Cause.EDIT, [])]
        reasons = [Reason(people, None, [])]
        for leaf in self.flipped:
            reasons = [part for reason in reasons for part in reason.split(leaf)]
        return reasons


@dataclass
class Reason:
    """People who move because these leaves (ids) flipped. `cause` is None until one did."""

    people: BitMap64
    cause: Cause | None
    leaves: list[int]

    def split(self, leaf: Flipped) -> Iterator[Reason]:
        """Those for whom this leaf flipped too, by why it did, and the others."""
        others = self.people - leaf.flip.people
        if others:
            yield Reason(others, self.cause, self.leaves)
        for cause, some in leaf.causes(self.people):
            first = min((cause, self.cause or cause), key=_PRIORITY.index)
            yield Reason(some, first, [*self.leaves, leaf.leaf_id])

    def told(self) -> tuple[str, str]:
        """Cause and leaves as the ledger has them."""
        return (self.cause or Cause.CLOCK).value, json.dumps(self.leaves)


def write(moves: list[Moves], at: datetime, run_id: int) -> None:
    """Close the intervals of those who left and open those of who entered: two statements for all segments."""
    _close(moves, at, run_id)
    _open(moves, at, run_id)


def _open(moves: list[Moves], at: datetime, run_id: int) -> None:
    with database.cursor() as cursor:
        database.copy(
            cursor,
            "COPY segments_membership (profile_id, segment_id, version, entered_at, entered_run, entered_cause,"
            " entered_leaves, left_cause, left_leaves) FROM STDIN",
            _opened(moves, f"{at.isoformat()}\t{run_id}"),
        )


def _opened(moves: list[Moves], run: str) -> Iterator[str]:
    for move in moves:
        for reason in move.reasons(move.flip.entered):
            rest = "\t".join([str(move.segment.pk), str(move.segment.version), run, *reason.told(), "", "[]"])
            for profile_id in reason.people:
                yield f"{profile_id}\t{rest}\n"


def _close(moves: list[Moves], at: datetime, run_id: int) -> None:
    rows = [
        (profile_id, move.segment.pk, *told)
        for move in moves
        for reason in move.reasons(move.flip.left)
        for told in [reason.told()]
        for profile_id in reason.people
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
