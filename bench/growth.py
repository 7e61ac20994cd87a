"""What keeping the segments costs: after so many changes on two bases ten times apart, by the clock alone, and when
nothing happens; and what it would cost to compute them all instead.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from random import Random

from bench import changes, database
from bench.timing import seconds
from segments import rules
from segments.asking import Asked
from segments.bitmaps import BitMap64
from segments.leaves import In
from segments.models import Clock, Segment
from segments.plan import EVERYBODY, Plan
from segments.refresh import pending, refresh
from segments.sets import kept
from segments.snapshot import snapshot
from segments.world import World

CHANGED = 1_000
_TIMES = 5
# Not counted: sets are read, and pages go to the log whole when they are touched first.
_FIRST = 2
# In a bench nothing is given up.
_LIMIT = timedelta(hours=1)


@dataclass
class Measured:
    """On one base: the median seconds of a refresh after CHANGED people, of one a minute later with no event, and of
    one with nothing new at all; and how long it takes to compute everything (0: not measured)."""

    people: int
    changed: float
    minute: float
    idle: float
    # Of the idle refreshes together: conditions asked.
    idle_asked: int
    full: float = 0.0


@dataclass
class _Runs:
    people: int
    # Whom something happens to: everybody once before anybody twice, for who did something just now moves less.
    turn: Iterator[int]
    changed: list[float] = field(default_factory=list)
    minute: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    idle_asked: int = 0


def settle() -> None:
    """Refresh until nothing waits."""
    refresh()
    while pending():
        refresh()


def measure(bases: Mapping[str, int], rounds: int, compute: str) -> list[Measured]:
    """`bases`: names of databases with their numbers of people; they take turns. `compute`: in which of them
    everything is also computed anew, once and last: it reads so much that what comes after begins cold."""
    found = {name: _Runs(people, _in_turn(people)) for name, people in bases.items()}
    for _round in range(rounds):
        for name, runs in found.items():
            database.use(name)
            # The sets in memory are those of the other database; the worker's process keeps its own.
            kept.forget()
            _turn(runs)
    database.say("Computing everything anew")
    database.use(compute)
    full = {compute: seconds(_everything)}
    return [
        Measured(
            runs.people,
            statistics.median(runs.changed),
            statistics.median(runs.minute),
            statistics.median(runs.idle),
            runs.idle_asked,
            full.get(name, 0.0),
        )
        for name, runs in found.items()
    ]


def _in_turn(people: int) -> Iterator[int]:
    return cycle(Random(1).sample(range(1, people + 1), people))


def _turn(runs: _Runs) -> None:
    database.warm()
    for _again in range(_FIRST):
        _refresh_after(runs)
    for _again in range(_TIMES):
        runs.changed.append(_refresh_after(runs))
    for _again in range(_TIMES):
        at = Clock.objects.get().at
        # At the same moment: no event has passed out of a window since, which would be something new.
        runs.idle.append(seconds(partial(_idle, runs, at)))
        runs.minute.append(seconds(partial(refresh, at + timedelta(minutes=1))))


def _refresh_after(runs: _Runs) -> float:
    changes.happen([next(runs.turn) for _person in range(min(CHANGED, runs.people))])
    return seconds(refresh)


def _idle(runs: _Runs, at: datetime) -> None:
    runs.idle_asked += refresh(at).asked


def _everything() -> dict[int, BitMap64]:
    """Every condition asked of everybody, and every segment from them: what it costs not to keep them."""
    with snapshot():
        world = World.now()
        plan = Plan.of(Segment.objects.exclude(state=Segment.State.DRAFT).order_by("pk"), world)
        leaves = {at: leaf for at, leaf in enumerate(plan.leaves.values()) if not isinstance(leaf, In)}
        found = Asked(Clock.objects.get().at, None, world, _LIMIT).ask(leaves).people
        sets = {leaf.digest: found[at] for at, leaf in leaves.items()}
        for planned in plan.planned:
            sets[planned.own.digest] = rules.evaluate(planned.rule, sets, sets[EVERYBODY.digest])
        return {planned.segment.pk: sets[planned.own.digest] for planned in plan.planned}
