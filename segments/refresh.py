"""Keeping every set true: what changed is asked again, what flipped is written, and the segments concerned follow.

One refresher at a time, in one snapshot, with one `at` for all leaves. The cost is that of the change:
nothing new means that no leaf is asked.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from datetime import datetime, timedelta
from functools import reduce

import psycopg
from django.db.models import F

from profiles.locks import advisory_lock
from profiles.models import Change
from segments import days, ledger, rules, sets
from segments.asking import Asked, Superfluous
from segments.bitmaps import BitMap64
from segments.changed import take
from segments.edges import passed
from segments.leaves import Condition, Everybody, Forced, In, OfSegment, Recorded
from segments.leaves.base import CREATED, MERGED
from segments.ledger import Flipped, Moves
from segments.models import Cause, Clock, Leaf, Refresh, Segment
from segments.plan import EVERYBODY, Plan, Planned, register
from segments.sets import Flip
from segments.snapshot import database_time, snapshot
from segments.upkeep import mark, retire
from segments.world import World

LOCK = "segments.refresh"
# Above a tenth of everybody one pass over everything is cheaper than asking about them (docs/benchmarks.md).
SHARE = 10
FEW = 1_000
# A condition that takes longer, such as a pattern that backtracks, breaks its segments instead of stalling all.
TIMEOUT = timedelta(minutes=5)

_CAUSES = {"event": Cause.EVENT, "override": Cause.MANUAL}

log = logging.getLogger(__name__)


def pending() -> bool:
    """Is there something to do besides the passing of time?"""
    waiting = Segment.objects.filter(state=Segment.State.LIVE).exclude(computed_version=F("version"))
    return Change.objects.exists() or waiting.exists()


def refresh(at: datetime | None = None) -> Refresh:
    """Bring every segment up to `at` (default: now). The answer is saved only when somebody moved.

    Waits for another refresher to finish. All or nothing: after an error nothing has changed. Begins anew when an
    edit made what it was computing superfluous.
    """
    with advisory_lock(LOCK, wait=True):
        while True:
            try:
                with snapshot():
                    return Run(at).run()
            except Superfluous:
                sets.kept.forget()
            except BaseException:
                sets.kept.forget()
                raise


class Run:
    """One run: the state that its steps share."""

    def __init__(self, at: datetime | None) -> None:
        self.started = time.perf_counter()
        clock = Clock.objects.first()
        self.since = clock.at if clock else None
        self.at = at or database_time()
        if self.since and self.at <= self.since:  # A clock set back must not undo what was true.
            self.at = self.since + timedelta(microseconds=1)
        self.changes = take()
        self.world = World.now()
        segments = list(Segment.objects.exclude(state=Segment.State.DRAFT).order_by("pk"))
        self.plan = Plan.of(segments, self.world)
        self.rows = register(self.plan.leaves)
        self._mark_broken(segments)
        retire(self.plan)
        self.leaves = {self.rows[digest].pk: leaf for digest, leaf in self.plan.leaves.items()}
        self.flips: dict[int, Flip] = {}
        self.touched: dict[int, BitMap64] = {}
        # Of each leaf asked of everybody, in milliseconds.
        self.durations: dict[int, int] = {}
        self.result = Refresh(at=self.at, changed=len(self._changed_people()))

    def run(self) -> Refresh:
        """Ask, flip, recombine, write."""
        self.sets = sets.kept.load(self.leaves)
        self._compute_new_leaves()
        self._ask_touched_leaves()
        moves = []
        for planned in self.plan.planned:
            self._ask_the_ledger(planned)
            if move := self._recombine(planned):
                moves.append(move)
                # What asks this segment's ledger comes later in this run.
                if planned.segment.slug in self.plan.watched:
                    self._record([move])
        sets.kept.flip(self.flips)
        self._write(moves)
        if not Clock.objects.filter(pk=1).update(at=self.at):
            Clock.objects.create(pk=1, at=self.at)
        return self.result

    # --- What there is to do -------------------------------------------------------------------

    def _mark_broken(self, segments: list[Segment]) -> None:
        """Segments that cannot be checked, or ask what the database could not answer, are left as they are."""
        for planned in list(self.plan.planned):
            errors = [error for digest in planned.leaves if (error := self.rows[digest].error)]
            if errors:
                self.plan.planned.remove(planned)
                self.plan.broken[planned.segment.pk] = errors[0]
        for segment in segments:
            mark(segment, self.plan.broken.get(segment.pk))

    def _changed_people(self) -> BitMap64:
        return reduce(BitMap64.__or__, self.changes.values(), BitMap64())

    def _compute_new_leaves(self) -> None:
        """Leaves never asked are asked over everything. Their flips are nobody's news: the segments are new too."""
        rows = {pk: self._row(leaf) for pk, leaf in self.leaves.items()}
        # What failed once would fail, or time out, in every run: a new version or the night tries it again.
        new = {pk: self.leaves[pk] for pk, row in rows.items() if row.computed_at is None and not row.error}
        answers = self.ask(new, None)
        sets.kept.replace(answers)
        self.sets |= answers
        Leaf.objects.bulk_update(
            [Leaf(pk=pk, computed_at=self.at, duration_ms=self.durations[pk]) for pk in answers],
            ["computed_at", "duration_ms"],
        )
        for pk, people in answers.items():
            if isinstance(self.leaves[pk], Forced):  # No rule is new: these people move.
                self._flip(pk, people, BitMap64())

    def _ask_touched_leaves(self) -> None:
        """Leaves that read what changed, or whose window moved over an event, are asked about those people."""
        by_class: dict[type[Condition], dict[int, Condition]] = defaultdict(dict)
        for pk, people in self._touched().items():
            self.touched[pk] = people
            if people and not isinstance(self.leaves[pk], Recorded):
                by_class[type(self.leaves[pk])][pk] = self.leaves[pk]
        many = max(FEW, len(self.sets[self._row(EVERYBODY).pk]) // SHARE)
        for leaves in by_class.values():
            few = {pk: leaf for pk, leaf in leaves.items() if len(self.touched[pk]) <= many}
            among = reduce(BitMap64.__or__, (self.touched[pk] for pk in few), BitMap64())
            for pk, now in self.ask(few, among).items():
                self._flip(pk, now & self.touched[pk], self.sets[pk] & self.touched[pk])
            for pk, now in self.ask({pk: leaf for pk, leaf in leaves.items() if pk not in few}, None).items():
                self._flip(pk, now, self.sets[pk])

    def _ask_the_ledger(self, planned: Planned) -> None:
        """Conditions on the ledgers of segments, which are up to date by now: about who moved, and by the clock."""
        wanted: dict[int, Condition] = {}
        for leaf in planned.recorded:
            pk = self._row(leaf).pk
            people = self.touched.get(pk, BitMap64()) | self._moved(leaf.segment)
            if people and pk not in self.flips:
                self.touched[pk], wanted[pk] = people, leaf
        among = reduce(BitMap64.__or__, (self.touched[pk] for pk in wanted), BitMap64())
        for pk, now in self.ask(wanted, among).items():
            self._flip(pk, now & self.touched[pk], self.sets[pk] & self.touched[pk])

    def _moved(self, slug: str) -> BitMap64:
        """Who entered or left a segment so far in this run; nobody when it is broken."""
        row = self.rows.get(In(slug).digest)
        return self.flips[row.pk].people if row and row.pk in self.flips else BitMap64()

    def _touched(self) -> dict[int, BitMap64]:
        kept = {
            pk: leaf
            for pk, leaf in self.leaves.items()
            if not isinstance(leaf, In) and self._row(leaf).computed_at is not None
        }
        edges = passed(kept, self.since, self.at, self.world) if self.since else {}
        always = self.changes.get(MERGED, BitMap64())
        return {
            pk: reduce(
                BitMap64.__or__,
                (self.changes[topic] for topic in leaf.reads(self.world) if topic in self.changes),
                always | edges.get(pk, BitMap64()),
            )
            for pk, leaf in kept.items()
        }

    def ask(self, leaves: dict[int, Condition], among: BitMap64 | None) -> dict[int, BitMap64]:
        """The people of each leaf. One that the database cannot answer is marked, and breaks its segments."""
        self.result.asked += sum(not isinstance(leaf, In) for leaf in leaves.values())
        answers = Asked(self.at, among, self.world, TIMEOUT).ask(leaves)
        self.durations |= answers.durations
        for pk, error in answers.failed.items():
            self._fail(pk, error)
        return answers.people

    # --- What follows from it ---------------------------------------------------------------------

    def _flip(self, pk: int, now: BitMap64, before: BitMap64) -> None:
        flip = Flip(now - before, before - now)
        if flip:
            self.flips[pk] = flip

    def _recombine(self, planned: Planned) -> Moves | None:
        """Evaluate a segment among the people for whom one of its leaves flipped; an edited one, among everybody."""
        ids = {digest: self._row(leaf).pk for digest, leaf in planned.leaves.items()}
        own, everybody = self._row(planned.own).pk, self._row(EVERYBODY).pk
        if any(self._row(leaf).error for leaf in planned.leaves.values()):
            return None
        asked = {*ids.values(), everybody} if planned.complement else set(ids.values())
        concerned = asked & self.flips.keys()
        if not planned.edited and not concerned:
            return None
        flipped_people = reduce(BitMap64.__or__, (self.flips[pk].people for pk in concerned), BitMap64())
        candidates = None if planned.edited else flipped_people
        current = {digest: self._now(pk, candidates) for digest, pk in ids.items()}
        members = rules.evaluate(planned.rule, current, self._now(everybody, candidates))
        self._flip(own, members, self._before(own, candidates))
        flipped = None if planned.edited else [self._because(pk) for pk in sorted(concerned)]
        return Moves(planned.segment, self.flips.get(own, Flip(BitMap64(), BitMap64())), flipped)

    def _before(self, pk: int, among: BitMap64 | None) -> BitMap64:
        return self.sets[pk] if among is None else self.sets[pk] & among

    def _now(self, pk: int, among: BitMap64 | None) -> BitMap64:
        flip, before = self.flips.get(pk), self._before(pk, among)
        if flip is None:
            return before
        now = (before | flip.entered) - flip.left
        return now if among is None else now & among

    def _because(self, pk: int) -> Flipped:
        leaf = self.leaves[pk]
        because = {Cause.MERGE: self.changes.get(MERGED, BitMap64())}
        if isinstance(leaf, OfSegment):
            because[Cause.SEGMENT] = self._moved(leaf.segment)
        elif isinstance(leaf, Everybody):
            because[Cause.PERSON] = self.changes.get(CREATED, BitMap64())
        else:
            for topic in leaf.reads(self.world) & self.changes.keys():
                because[_CAUSES.get(topic.partition(":")[0], Cause.TRAIT)] = self.changes[topic]
        return Flipped(pk, self.flips[pk], because)

    # --- Writing ------------------------------------------------------------------------------------

    def _write(self, moves: list[Moves]) -> None:
        """The ledger and the sizes: only what changed."""
        self._record([move for move in moves if move.segment.slug not in self.plan.watched])
        self.result.duration_ms = round((time.perf_counter() - self.started) * 1000)
        if self.result.pk:
            self.result.save()
        for move in moves:
            segment = move.segment
            segment.size = len(self.sets[self._row(In(segment.slug)).pk])
            segment.computed_at, segment.computed_version = self.at, segment.version
            segment.duration_ms = round((time.perf_counter() - self.started) * 1000)
        fields = ["size", "computed_at", "computed_version", "duration_ms"]
        Segment.objects.bulk_update([move.segment for move in moves], fields)
        days.note(moves, self.at)

    def _record(self, moves: list[Moves]) -> None:
        """Write who moved into the ledger, under the number of this run."""
        moved = [move for move in moves if move.flip]
        self.result.entered += sum(len(move.flip.entered) for move in moved)
        self.result.left += sum(len(move.flip.left) for move in moved)
        if moved:
            if not self.result.pk:
                self.result.save()
            ledger.write(moved, self.at, self.result.pk)

    def _fail(self, pk: int, error: psycopg.Error) -> None:
        leaf = self.leaves[pk]
        row = self._row(leaf)
        row.error = (error.diag.message_primary or type(error).__name__)[:300]
        Leaf.objects.filter(pk=pk).update(error=row.error, computed_at=None, members=None)
        row.computed_at = None
        for planned in self.plan.planned:
            if leaf.digest in planned.leaves:
                mark(planned.segment, row.error)
        log.warning("A condition could not be asked; its segments are frozen", extra={"leaf": pk})

    def _row(self, leaf: Condition) -> Leaf:
        return self.rows[leaf.digest]
