"""Keeping every set true: what changed is asked again, what flipped is written, and the segments concerned follow.

One refresher at a time, in one snapshot, with one `at` for all leaves. The cost is that of the change:
nothing new means that no leaf is asked.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from heapq import heappop, heappush
from itertools import islice

import psycopg
from django.db.models import F

from profiles.locks import advisory_lock
from profiles.models import Change
from segments import rules, sets, standing, upkeep
from segments.asking import Asked, Superfluous
from segments.bitmaps import BitMap64
from segments.changed import take
from segments.edges import passed
from segments.leaves import Condition, Everybody, Forced, In, OfSegment, Recorded
from segments.leaves.base import CREATED, MERGED
from segments.ledger import Flipped, Moves
from segments.models import Cause, Clock, Leaf, Refresh, Segment
from segments.sets import Flip
from segments.snapshot import database_time, snapshot
from segments.standing import Place
from segments.world import World
from segments.writing import Written

LOCK = "segments.refresh"
# Above a tenth of everybody one pass over everything is cheaper than asking about them (docs/benchmarks.md).
SHARE = 10
FEW = 1_000
# A condition that takes longer, such as a pattern that backtracks, breaks its segments instead of stalling all.
TIMEOUT = timedelta(minutes=5)
# So much memory at once: new conditions asked, and people moved by edits before the next transaction takes over.
NEW_AT_ONCE = 16
MOVED_AT_ONCE = 2_000_000
# Without any change, the clock alone is a reason once a minute; the scheduler's turn comes only when the worker's
# does not.
DUE = timedelta(seconds=55)
OVERDUE = timedelta(seconds=58)

_CAUSES = {"event": Cause.EVENT, "override": Cause.MANUAL}

log = logging.getLogger(__name__)


def pending() -> bool:
    """Is there something to do besides the passing of time?"""
    waiting = Segment.objects.filter(state=Segment.State.LIVE).exclude(computed_version=F("version"))
    return Change.objects.exists() or waiting.exists()


def due() -> bool:
    """Is there something to do, the passing of a minute included?"""
    clock = Clock.objects.first()
    return pending() or (clock is not None and database_time() - clock.at > DUE)


def tick() -> Refresh | None:
    """Refresh if nobody has for a minute: the worker does, while it runs."""
    clock = Clock.objects.first()
    return refresh() if clock is None or database_time() - clock.at > OVERDUE else None


def refresh(at: datetime | None = None) -> Refresh:
    """Bring every segment up to `at` (default: now). The answer is saved only when somebody moved.

    Waits for another refresher to finish. All or nothing, but for edits of very many people, which take several
    transactions; after an error nothing more has changed. Begins anew when an edit made what it was computing
    superfluous.
    """
    with advisory_lock(LOCK, wait=True):
        while True:
            try:
                with snapshot():
                    run = Run(at)
                    result = run.run()
                if not run.deferred:
                    return result
            except Superfluous:
                sets.kept.forget()
            except BaseException:
                sets.kept.forget()
                raise


class Run:
    """One run: the state that its steps share."""

    def __init__(self, at: datetime | None) -> None:
        started = time.perf_counter()
        clock = Clock.objects.first()
        self.since = clock.at if clock else None
        self.at = at or database_time()
        if self.since and self.at <= self.since:  # A clock set back must not undo what was true.
            self.at = self.since + timedelta(microseconds=1)
        self.changes = take()
        self.world = World.now()
        self.standing = standing.kept.current(self.world)
        self.leaves = self.standing.leaves
        self.sets = sets.kept
        self.flips: dict[int, Flip] = {}
        self.touched: dict[int, BitMap64] = {}
        self.new: set[int] = set()
        # Of each leaf asked of everybody, in milliseconds.
        self.durations: dict[int, int] = {}
        # Edits wait for the next run.
        self.deferred = False
        changed: BitMap64 = reduce(BitMap64.__or__, self.changes.values(), BitMap64())
        self.result = Refresh(at=self.at, changed=len(changed))
        self.written = Written(self.result, started)

    def run(self) -> Refresh:
        """Ask, flip, recombine, write."""
        self._compute_new_leaves()
        self._ask_touched_leaves()
        self._recombine_concerned()
        self.sets.flip(self.flips)
        self.written.finish()
        if not Clock.objects.filter(pk=1).update(at=self.at):
            Clock.objects.create(pk=1, at=self.at)
        self.sets.trim()
        return self.result

    # --- What there is to ask --------------------------------------------------------------------

    def _compute_new_leaves(self) -> None:
        """Leaves never asked are asked over everything. Their flips are nobody's news: the segments are new too."""
        rows = self.standing.rows
        # What failed once would fail, or time out, in every run: a new version or the night tries it again.
        new = sorted(
            (pk for pk, row in rows.items() if row.computed_at is None and not row.error),
            key=lambda pk: self.leaves[pk].key,
        )
        self.new = set(new)
        turns = iter(new)
        while some := list(islice(turns, NEW_AT_ONCE)):
            answers = self.ask({pk: self.leaves[pk] for pk in some}, None)
            self.sets.replace(answers)
            for pk in answers:
                rows[pk].computed_at, rows[pk].duration_ms = self.at, self.durations[pk]
            Leaf.objects.bulk_update([rows[pk] for pk in answers], ["computed_at", "duration_ms"])
            for pk, people in answers.items():
                if isinstance(self.leaves[pk], Forced):  # No rule is new: these people move.
                    self._flip(pk, people, BitMap64())
            self.sets.trim()

    def _ask_touched_leaves(self) -> None:
        """Leaves that read what changed, or whose window moved over an event, are asked about those people."""
        self.touched = self._touched()
        leaves = {pk: self.leaves[pk] for pk in self.touched if not isinstance(self.leaves[pk], Recorded)}
        many = max(FEW, len(self.sets[self.standing.everybody]) // SHARE) if leaves else 0
        few = {pk: leaf for pk, leaf in leaves.items() if len(self.touched[pk]) <= many}
        self._ask_among(few)
        for pk, now in self.ask({pk: leaf for pk, leaf in leaves.items() if pk not in few}, None).items():
            self._flip(pk, now, self.sets[pk])

    def _ask_among(self, leaves: dict[int, Condition]) -> None:
        """Ask each of these leaves about the people who touched it; all together, for they share the work."""
        self.sets.fetch(leaves)
        touched = {pk: self.touched[pk] for pk in leaves}
        for pk, now in self.ask(leaves, touched).items():
            self._flip(pk, now, self.sets[pk] & touched[pk])

    def _touched(self) -> dict[int, BitMap64]:
        """By leaf, the people about whom it may have to change its mind; nobody is left out."""
        kept = {
            pk: leaf
            for pk, leaf in self.leaves.items()
            if not isinstance(leaf, In) and pk not in self.new and not self.standing.rows[pk].error
        }
        touched = {pk: people for pk, people in self.standing.reading(self.changes).items() if pk in kept}
        passing = passed(kept, self.since, self.at, self.world) if self.since else {}
        if merged := self.changes.get(MERGED):
            passing = {pk: passing.get(pk, BitMap64()) | merged for pk in kept}
        return touched | {pk: touched[pk] | some if pk in touched else some for pk, some in passing.items()}

    def ask(self, leaves: dict[int, Condition], among: dict[int, BitMap64] | None) -> dict[int, BitMap64]:
        """The people of each leaf. One that the database cannot answer is marked, and breaks its segments."""
        self.result.asked += sum(not isinstance(leaf, In) for leaf in leaves.values())
        answers = Asked(self.at, among, self.world, TIMEOUT).ask(leaves)
        self.durations |= answers.durations
        for pk, error in answers.failed.items():
            self._fail(pk, error)
        return answers.people

    def _fail(self, pk: int, error: psycopg.Error) -> None:
        row = self.standing.rows[pk]
        row.error = (error.diag.message_primary or type(error).__name__)[:300]
        row.computed_at = None
        Leaf.objects.filter(pk=pk).update(error=row.error, computed_at=None, members=None)
        for at in self.standing.concerned[pk]:
            upkeep.mark(self.standing.places[at].planned.segment, row.error)
        log.warning("A condition could not be asked; its segments are frozen", extra={"leaf": pk})

    # --- What follows from it ---------------------------------------------------------------------

    def _recombine_concerned(self) -> None:
        """Children first: what moves in one segment concerns those that ask it, which come later."""
        places = self.standing.places
        due = [at for at, place in enumerate(places) if place.planned.edited]
        due += self._concerned({pk for pk in self.touched if isinstance(self.leaves[pk], Recorded)} | self.flips.keys())
        due = sorted(set(due))
        last = -1
        while due:
            at = heappop(due)
            if at == last:
                continue
            last = at
            segment = places[at].planned.segment
            if move := self._recombine(places[at]):
                # What asks this segment's ledger comes later in this run.
                self.written.add(move, now=segment.slug in self.standing.watched)
                for other in self._concerned(self.standing.readers[f"segment:{segment.slug}"]) if move.flip else ():
                    heappush(due, other)

    def _concerned(self, leaves: Iterable[int]) -> list[int]:
        return [at for pk in leaves for at in self.standing.concerned[pk]]

    def _recombine(self, place: Place) -> Moves | None:
        """Evaluate a segment among the people for whom one of its leaves flipped; an edited one, among everybody."""
        planned, own, everybody = place.planned, place.own, self.standing.everybody
        self._ask_the_ledger(place)
        concerned = place.asked & self.flips.keys()
        if not planned.edited and not concerned:
            return None
        if any(self.standing.rows[pk].error for pk in place.ids.values()):
            return None
        if planned.edited and self.written.moved > MOVED_AT_ONCE:
            self.deferred = True
            return None
        flipped_people: BitMap64 = reduce(BitMap64.__or__, (self.flips[pk].people for pk in concerned), BitMap64())
        candidates = None if planned.edited else flipped_people
        self.sets.fetch({own, everybody, *place.ids.values()})
        current = {digest: self._now(pk, candidates) for digest, pk in place.ids.items()}
        members = rules.evaluate(planned.rule, current, self._now(everybody, candidates))
        self._flip(own, members, self._before(own, candidates))
        flip = self.flips.get(own, Flip(BitMap64(), BitMap64()))
        planned.segment.size = len(self.sets[own]) + len(flip.entered) - len(flip.left)
        flipped = None if planned.edited else [self._because(pk) for pk in sorted(concerned)]
        self.sets.trim()
        return Moves(planned.segment, flip, flipped)

    def _ask_the_ledger(self, place: Place) -> None:
        """Conditions on the ledgers of segments, which are up to date by now: about who moved, and by the clock."""
        wanted: dict[int, Condition] = {}
        for pk, leaf in place.recorded.items():
            people = self.touched.get(pk, BitMap64()) | self._moved(leaf.segment)
            if people and pk not in self.flips:
                self.touched[pk], wanted[pk] = people, leaf
        if wanted:
            self._ask_among(wanted)

    def _moved(self, slug: str) -> BitMap64:
        """Who entered or left a segment so far in this run; nobody when it is broken."""
        pk = self.standing.own.get(slug)
        return self.flips[pk].people if pk in self.flips else BitMap64()

    def _flip(self, pk: int, now: BitMap64, before: BitMap64) -> None:
        flip = Flip(now - before, before - now)
        if flip:
            self.flips[pk] = flip

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
