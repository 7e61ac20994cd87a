"""What a run writes about segments: who moved, and how large they are now. Only what changed."""

from __future__ import annotations

import time

from profiles import database
from segments import days, ledger
from segments.ledger import Moves
from segments.models import Refresh

_SIZES = """
UPDATE segments_segment AS s
SET size = now.size, computed_at = now.at, computed_version = now.version, duration_ms = now.duration
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::int[], %s::int[])
     AS now (id, size, at, version, duration)
WHERE s.id = now.id"""


class Written:
    """The moves of one run, which began at `started` (time.perf_counter); its row is saved when somebody moved."""

    def __init__(self, run: Refresh, started: float) -> None:
        self._run = run
        self._started = started
        self._moves: list[Moves] = []
        self._waiting: list[Moves] = []
        # People, of all segments together.
        self.moved = 0

    def add(self, move: Moves, *, now: bool) -> None:
        """A segment was recombined, and has its new size. Its ledger is written at the end, or `now`."""
        self._moves.append(move)
        self._run.entered += len(move.flip.entered)
        self._run.left += len(move.flip.left)
        self.moved += len(move.flip.entered) + len(move.flip.left)
        if now:
            self._record([move])
        else:
            self._waiting.append(move)

    def finish(self) -> None:
        """Write the rest: the ledger, the run, sizes and days."""
        self._record(self._waiting)
        self._run.duration_ms = self._duration()
        if self._run.pk:
            self._run.save()
        if not self._moves:
            return
        rows = []
        for move in self._moves:
            segment = move.segment
            segment.computed_at, segment.computed_version = self._run.at, segment.version
            segment.duration_ms = self._run.duration_ms
            rows.append((segment.pk, segment.size, segment.computed_at, segment.version, segment.duration_ms))
        with database.cursor() as cursor:
            database.write(cursor, _SIZES, rows)
        days.note(self._moves, self._run.at)

    def _record(self, moves: list[Moves]) -> None:
        moved = [move for move in moves if move.flip]
        if moved:
            if not self._run.pk:
                self._run.save()
            ledger.write(moved, self._run.at, self._run.pk)

    def _duration(self) -> int:
        return round((time.perf_counter() - self._started) * 1000)
