"""The rules over everybody: our own leaves and set algebra, beside the form that ORMs write and beside DuckDB."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import psycopg
from django.db import OperationalError, transaction

from bench.database import say
from bench.rivals.duck import Duck
from bench.rivals.orm import Orm
from bench.rules import POINTS, RULES, SCORED
from bench.timing import medians
from segments import rules
from segments.bitmaps import BitMap64, of_ids
from segments.leaves import Condition, Everybody, Where
from segments.snapshot import statement_timeout
from segments.tally import Events, times
from segments.windows import Duration
from segments.world import World

EVERYBODY = Everybody()
# A rival that takes longer for one rule is not waited for: on a large base it may take hours.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True)
class Measured:
    """A rule, how many people it holds for, and the median seconds of each contender."""

    number: int
    words: str
    people: int
    ours: float
    exists: float
    duckdb: float


class DifferentAnswersError(Exception):
    """A rival, or we, are fast because of being wrong."""


def measure(at: datetime, rounds: int, directory: Path) -> list[Measured]:
    """Every rule as of `at`, by all three. They must agree on every person, or DifferentAnswersError."""
    ours, orm = Ours(at), Orm(at)
    say("Copying the rows to DuckDB")
    duck = Duck(directory, at)
    try:
        return [_measure(number, rounds, ours.ask, orm.ask, duck.ask) for number in RULES]
    finally:
        duck.close()


Ask = Callable[[int], BitMap64]


def _measure(number: int, rounds: int, ours: Ask, exists: Ask, duckdb: Ask) -> Measured:
    words, _rule = RULES[number]
    say(f"Rule {number}: {words}")
    contenders = {"ours": partial(ours, number), "exists": partial(exists, number), "duckdb": partial(duckdb, number)}
    answers = {name: ask() for name, ask in contenders.items() if name != "exists"}
    if (answer := _patiently(contenders["exists"])) is None:
        say(f"EXISTS took longer than {PATIENCE.seconds} seconds, and counts as that")
        del contenders["exists"]
    else:
        answers["exists"] = answer
    if any(answer != answers["ours"] for answer in answers.values()):
        sizes = {name: len(answer) for name, answer in answers.items()}
        raise DifferentAnswersError(f"rule {number}: {sizes}")
    given_up = {} if "exists" in contenders else {"exists": PATIENCE.total_seconds()}
    return Measured(number, words, len(answers["ours"]), **medians(contenders, rounds), **given_up)


def _patiently(ask: Callable[[], BitMap64]) -> BitMap64 | None:
    """None when it takes too long."""
    try:
        with transaction.atomic(), statement_timeout(PATIENCE):
            return ask()
    except (OperationalError, psycopg.errors.QueryCanceled):
        return None


class Ours:
    """What the refresh does for a segment whose conditions nobody asked before.

    The people there are (from whom complements are taken) it has at hand: they are kept like any set.
    """

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._world = World.now()
        self._everybody = Everybody.ask({0: EVERYBODY}, at, None, self._world)[0]

    def ask(self, number: int) -> BitMap64:
        """The people of a rule, read from its JSON."""
        _words, raw = RULES[number]
        rule = rules.normal(rules.parse(raw))
        if number == SCORED and isinstance(rule, Where):
            return self._scored(rule.value)
        leaves = list(rules.leaves(rule).values())
        by_class: dict[type[Condition], dict[int, Condition]] = defaultdict(dict)
        for key, leaf in enumerate(leaves):
            by_class[type(leaf)][key] = leaf
        sets: dict[bytes, BitMap64] = {}
        for kind, some in by_class.items():
            found = kind.ask(some, self._at, None, self._world)
            sets |= {leaf.digest: found.get(key, BitMap64()) for key, leaf in some.items()}
        return rules.evaluate(rule, sets, self._everybody)

    def _scored(self, least: int) -> BitMap64:
        """Who has more points, by counting what gives some."""
        points = np.zeros(0, np.int64)
        for event, each in POINTS.items():
            since = Duration(30, "days").before(self._at)
            counts = times(Events(self._world.events[event], since, self._at)) * each
            counts[: len(points)] += points[: len(counts)]
            points = np.append(counts, points[len(counts) :])
        return of_ids(np.flatnonzero(points > least))
