"""How the size of each segment went, day by day: written with the ledger, read by pages without counting it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from profiles import database
from segments.ledger import Moves
from segments.windows import today


def note(moves: Sequence[Moves], at: datetime) -> None:
    """Add who moved to the day of `at`; the segments have their new sizes already. One statement."""
    day = today(at).isoformat()
    with database.cursor() as cursor:
        database.write(
            cursor,
            'INSERT INTO segments_segmentday AS d (segment_id, day, entered, "left", size)'
            " SELECT * FROM unnest(%s::bigint[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " ON CONFLICT (segment_id, day) DO UPDATE SET entered = d.entered + excluded.entered,"
            ' "left" = d."left" + excluded."left", size = excluded.size',
            [(move.segment.pk, day, len(move.flip.entered), len(move.flip.left), move.segment.size) for move in moves],
        )
