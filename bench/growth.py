"""What keeping the segments costs after so many changes, on two bases ten times apart; and when nothing happens."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from bench import changes, database
from bench.timing import seconds
from segments.models import Refresh
from segments.refresh import refresh
from segments.sets import kept

CHANGED = 1_000


@dataclass
class Measured:
    """On one base: the median seconds of a refresh after CHANGED people, and of one with nothing new."""

    people: int
    changed: float
    idle: float
    # Of the idle refreshes together: conditions asked.
    idle_asked: int


@dataclass
class _Runs:
    people: int
    changed: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)
    idle_asked: int = 0


def measure(bases: Mapping[str, int], rounds: int) -> list[Measured]:
    """`bases`: names of databases with their numbers of people. They take turns."""
    random = Random(1)
    found = {name: _Runs(people) for name, people in bases.items()}
    for _round in range(rounds):
        for name, runs in found.items():
            database.use(name)
            _turn(runs, random)
    return [
        Measured(runs.people, statistics.median(runs.changed), statistics.median(runs.idle), runs.idle_asked)
        for runs in found.values()
    ]


def _turn(runs: _Runs, random: Random) -> None:
    # The sets in memory are those of the other database; the worker's process keeps its own.
    kept.forget()
    _refresh_after(runs, random)
    for _again in range(3):
        runs.changed.append(_refresh_after(runs, random))
    last = Refresh.objects.latest("at")
    for _again in range(3):
        runs.idle.append(seconds(lambda: _idle(last, runs)))


def _refresh_after(runs: _Runs, random: Random) -> float:
    changes.happen(changes.some(min(CHANGED, runs.people), runs.people, random))
    return seconds(refresh)


def _idle(last: Refresh, runs: _Runs) -> None:
    # At the moment of the last one: no event has passed out of a window since, which would be something new.
    runs.idle_asked += refresh(last.at).asked
