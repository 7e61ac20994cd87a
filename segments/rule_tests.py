"""People of whom it is known whether a segment's rule holds for them, asked of every rule before it is saved.

A test is about the rule: who is put in or kept out by hand is tested like everybody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.models import Profile
from segments import rules
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Rule
from segments.models import RuleTest, Segment
from segments.snapshot import snapshot, statement_timeout
from segments.world import World

MAX = 50
TIMEOUT = timedelta(seconds=15)
# So many failures say which conditions are to blame, and so many of these: looking costs a query each.
EXPLAINED, BLAMED = 5, 3

# Whether the rule holds for them, by the id of the person.
Expected = Mapping[int, bool]


@dataclass(frozen=True)
class Blame:
    """A condition that made a test fail: what it saw of the person, and whether it held."""

    sentence: str
    saw: str
    holds: bool


@dataclass(frozen=True)
class Result:
    """What a test gave: `holds` is None when nobody of this number exists any more, which is no failure."""

    profile_id: int
    inside: bool
    holds: bool | None
    why: tuple[Blame, ...] = ()

    @property
    def passed(self) -> bool:
        """As expected, as far as anybody can tell."""
        return self.holds is None or self.holds == self.inside


class FailedTestsError(RuleError):
    """A rule that does not do what it is tested for."""

    def __init__(self, failed: list[Result]) -> None:
        count = len(failed)
        message = ngettext("%(count)d rule test fails.", "%(count)d rule tests fail.", count) % {"count": count}
        super().__init__("", message)
        self.failed = failed


def replace(segment: Segment, wanted: Expected, author: User | None) -> None:
    """Make these the tests of a segment. RuleError for too many, or for somebody who does not exist."""
    if len(wanted) > MAX:
        raise RuleError("", _("A segment has at most %(count)d rule tests.") % {"count": MAX})
    with transaction.atomic():
        Segment.objects.select_for_update().get(pk=segment.pk)
        kept = expected(segment)
        new = {pk: inside for pk, inside in wanted.items() if kept.get(pk) != inside}
        known = set(Profile.objects.filter(pk__in=list(new)).values_list("pk", flat=True))
        if new.keys() - known:
            raise RuleError("", _("There is nobody with the number %(id)s.") % {"id": min(new.keys() - known)})
        segment.tests.exclude(profile_id__in=wanted.keys() - new.keys()).delete()
        RuleTest.objects.bulk_create(
            RuleTest(segment=segment, profile_id=pk, inside=inside, author=author) for pk, inside in new.items()
        )


def add(segment: Segment, profile_id: int, inside: bool, author: User | None) -> None:
    """One test more; of somebody who has one, the other way round."""
    replace(segment, {**expected(segment), profile_id: inside}, author)


def remove(segment: Segment, profile_id: int) -> None:
    """One test less."""
    segment.tests.filter(profile_id=profile_id).delete()


def expected(segment: Segment) -> dict[int, bool]:
    """The tests of a segment, in the order in which they were made; none of one that was not saved yet."""
    return dict(segment.tests.order_by("pk").values_list("profile_id", "inside")) if segment.pk else {}


def refuse_failures(segment: Segment, rule: Any) -> None:
    """FailedTestsError when the rule (JSON) fails a test of the segment."""
    if failed := failures(rule, expected(segment)):
        raise FailedTestsError(failed)


def failures(rule: Any, wanted: Expected) -> list[Result]:
    """Whoever is not where they are expected."""
    return [result for result in run(rule, wanted) if not result.passed]


def run(rule: Any, wanted: Expected) -> list[Result]:
    """Ask a rule (JSON) of these people now, with the queries that keep segments.

    RuleError when it cannot be read, checked, or answered in time. Who was merged is asked as who they became.
    """
    if not wanted:
        return []
    tree, world = rules.parse(rule), World.now()
    rules.check(tree, world)
    people = dict(Profile.objects.filter(pk__in=list(wanted)).values_list("pk", "merged_into"))
    lives_as = {pk: merged_into or pk for pk, merged_into in people.items()}
    with snapshot():
        asked = _Asked(tree, BitMap64(lives_as.values()), timezone.now(), world)
        return list(asked.results(wanted, lives_as))


class _Asked:
    """The answers of a rule's leaves among some people."""

    def __init__(self, tree: Rule, people: BitMap64, at: datetime, world: World) -> None:
        self.tree, self.at, self.world = tree, at, world
        everybody = Everybody()
        leaves: dict[bytes, Condition] = {everybody.digest: everybody, **rules.leaves(rules.normal(tree))}
        digests = list(leaves)
        self.sets = dict.fromkeys(digests, BitMap64())
        for kind in {type(leaf) for leaf in leaves.values()}:
            some = {key: leaves[digest] for key, digest in enumerate(digests) if type(leaves[digest]) is kind}
            for key, found in _answer(kind, some, at, people, world).items():
                self.sets[digests[key]] = found
        self.everybody = self.sets[everybody.digest]

    def results(self, wanted: Expected, lives_as: Mapping[int, int]) -> Iterator[Result]:
        explained = 0
        for profile_id, inside in wanted.items():
            person = lives_as.get(profile_id)
            if person is None or person not in self.everybody:
                yield Result(profile_id, inside, None)
                continue
            holds = self.holds(self.tree, person)
            why: tuple[Blame, ...] = ()
            if holds != inside and explained < EXPLAINED:
                explained += 1
                why = self.why(person, inside)
            yield Result(profile_id, inside, holds, why)

    def holds(self, node: Rule, person: int) -> bool:
        return person in rules.evaluate(rules.normal(node), self.sets, self.everybody)

    def why(self, person: int, inside: bool) -> tuple[Blame, ...]:
        blamed = list(self._blamed(self.tree, person, inside))[:BLAMED]
        return tuple(
            Blame(node.sentence(self.world), node.words_for(self.at, person, self.world), self.holds(node, person))
            for node in blamed
        )

    def _blamed(self, node: Rule, person: int, wanted: bool) -> Iterator[Condition]:
        """The conditions by which this node does not answer what is wanted."""
        if isinstance(node, Condition):
            yield node
            return
        # In a group of "none", what should hold is what must not.
        child = wanted if node.kind != "none" else not wanted
        for rule in node.rules:
            if self.holds(rule, person) != child:
                yield from self._blamed(rule, person, child)


def _answer(
    kind: type[Condition], leaves: dict[int, Condition], at: datetime, people: BitMap64, world: World
) -> dict[int, BitMap64]:
    try:
        with transaction.atomic(), statement_timeout(TIMEOUT):
            return kind.ask(leaves, at, people, world)
    except (psycopg.errors.QueryCanceled, psycopg.DataError):
        words = "; ".join(leaf.sentence(world) for leaf in leaves.values())
        raise RuleError("", _("The rule tests cannot be run: %(what)s.") % {"what": words}) from None
