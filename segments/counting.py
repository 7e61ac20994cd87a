"""Whom the conditions of a rule hold for while it is being written: only what nobody has asked yet is asked.

A set that is kept is read; an answer of the last minutes is remembered; a condition that takes too long for somebody
who types is asked among a sample, and its numbers are said with "~". Another question of the same author ends this one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

import psycopg
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import rules
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Rule
from segments.models import Leaf
from segments.sets import Sets
from segments.snapshot import snapshot, statement_timeout
from segments.world import World

# Who writes a rule asks the same conditions again and again; for so long their answers are good enough.
REMEMBER = timedelta(minutes=5)
# Whoever types waits so long, whoever wants to know exactly so long.
QUICK, PATIENT = timedelta(seconds=3), timedelta(seconds=30)
# A share is then known to within about one in a hundred.
SAMPLE = 10_000

EVERYBODY = Everybody()


class SupersededError(Exception):
    """The author has asked something else meanwhile: nobody waits for this answer."""


class Answer(NamedTuple):
    """Whom a leaf holds for. `exact`: of everybody, else of the sample. `took` is in milliseconds."""

    people: BitMap64
    exact: bool
    at: datetime
    took: int


class Count(NamedTuple):
    """Those for whom a rule holds; where it is an estimate, those of the sample, and `size` says for how many."""

    people: BitMap64
    size: int
    exact: bool


@dataclass
class Counted:
    """The answers of the leaves of a rule, by digest. `asked` of them were asked of the database just now."""

    answers: dict[bytes, Answer] = field(default_factory=dict)
    everybody: BitMap64 = field(default_factory=BitMap64)
    sample: BitMap64 = field(default_factory=BitMap64)
    asked: int = 0

    def of(self, rule: Rule) -> Count:
        """How many a rule (as written) holds for."""
        return self.of_normal(rules.normal(rule))

    def of_normal(self, rule: Rule) -> Count:
        """The same of a rule in normal form."""
        if self.exact(rule):
            people = rules.evaluate(rule, self.sets, self.everybody)
            return Count(people, len(people), exact=True)
        among = {digest: answer.people & self.sample for digest, answer in self.answers.items()}
        people = rules.evaluate(rule, among, self.sample)
        return Count(people, self.scaled(people), exact=False)

    def exact(self, rule: Rule) -> bool:
        """Whether everybody was asked about all of a rule in normal form."""
        return all(self.answers[digest].exact for digest in rules.leaves(rule))

    def scaled(self, people: BitMap64) -> int:
        """How many of everybody so many of the sample stand for."""
        return round(len(people) * len(self.everybody) / len(self.sample)) if self.sample else 0

    def took(self, rule: Rule) -> int:
        """Milliseconds that the leaves of a rule took, whenever they were asked."""
        return sum(self.answers[digest].took for digest in rules.leaves(rules.normal(rule)))

    @property
    def sets(self) -> Mapping[bytes, BitMap64]:
        """The people by leaf."""
        return {digest: answer.people for digest, answer in self.answers.items()}

    @property
    def at(self) -> datetime:
        """As of when the oldest answer is."""
        return min(answer.at for answer in self.answers.values())


def count(leaves: dict[bytes, Condition], world: World, *, exact: bool, asker: str) -> Counted:
    """The answers to these leaves. Within a snapshot. RuleError for one that cannot be answered; SupersededError."""
    if asker:
        _end_others(asker)
    at, found = timezone.now(), Counted()
    wanted = {EVERYBODY.digest: EVERYBODY, **leaves}
    found.answers = _kept(wanted, at)
    for digest, leaf in wanted.items():
        if digest not in found.answers:
            remembered: Answer | None = cache.get(_key(digest))
            if remembered is None or (exact and not remembered.exact):
                remembered = _ask(leaf, at, world, exact=exact, found=found)
                found.asked += 1
                cache.set(_key(digest), remembered, REMEMBER.total_seconds())
            found.answers[digest] = remembered
        if leaf == EVERYBODY:
            found.everybody = found.answers[digest].people
    if not all(answer.exact for answer in found.answers.values()):
        found.sample = _sample(found.everybody)
    return found


def _key(digest: bytes) -> str:
    return f"leaf:{digest.hex()}"


def _kept(leaves: dict[bytes, Condition], at: datetime) -> dict[bytes, Answer]:
    """The sets that the refresher keeps."""
    rows = Leaf.objects.filter(digest__in=list(leaves), computed_at__isnull=False)
    kept = {pk: (bytes(digest), took) for pk, digest, took in rows.values_list("pk", "digest", "duration_ms")}
    return {kept[pk][0]: Answer(people, True, at, kept[pk][1]) for pk, people in Sets().load(kept).items()}


def _ask(leaf: Condition, at: datetime, world: World, *, exact: bool, found: Counted) -> Answer:
    many = len(found.everybody) > 2 * SAMPLE
    if exact or not many:
        return _answer(leaf, at, None, world, PATIENT)
    try:
        return _answer(leaf, at, None, world, QUICK)
    except RuleError:
        return _answer(leaf, at, _sample(found.everybody), world, PATIENT)


def _answer(leaf: Condition, at: datetime, among: BitMap64 | None, world: World, limit: timedelta) -> Answer:
    began = time.perf_counter()
    try:
        with snapshot(), statement_timeout(limit):
            people = type(leaf).ask({0: leaf}, at, among, world).get(0, BitMap64())
    except psycopg.errors.QueryCanceled:
        # The words of the database depend on its language: who was stopped early was stopped by somebody.
        if time.perf_counter() - began < 0.9 * limit.total_seconds():
            raise SupersededError from None
        raise RuleError("", _("This takes too long to count: %(what)s.") % {"what": leaf.sentence(world)}) from None
    except psycopg.DataError:
        raise RuleError("", _("The database cannot answer: %(what)s.") % {"what": leaf.sentence(world)}) from None
    return Answer(people, among is None, at, round((time.perf_counter() - began) * 1000))


def _sample(everybody: BitMap64) -> BitMap64:
    """Some people by chance, the same ones each time."""
    size = min(SAMPLE, len(everybody))
    return BitMap64(everybody[at] for at in Random(SAMPLE).sample(range(len(everybody)), size))  # noqa: S311  # no secret


def _end_others(asker: str) -> None:
    """Stop what the same author asked before; what is asked now goes by their name until the snapshot ends."""
    name = f"kith counts {asker}"[:63]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND state = 'active' AND pid <> pg_backend_pid()",
            [name],
        )
        cursor.execute("SELECT set_config('application_name', %s, true)", [name])


def sets_of(leaves: dict[bytes, Condition], world: World) -> dict[bytes, BitMap64]:
    """For each leaf everybody whom it holds for, exactly. RuleError for one that cannot be answered in time."""
    return dict(count(leaves, world, exact=True, asker="").sets)
