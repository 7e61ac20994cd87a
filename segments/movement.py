"""By which conditions people would enter and leave when one rule takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from segments import rules
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Rule
from segments.preview import sets_of
from segments.snapshot import snapshot
from segments.world import World


@dataclass(frozen=True)
class Reason:
    """A condition by which people move, in words, and how many of them: who would not move but for its change.

    `asked`: the newer rule asks it, so that it began to count; otherwise it counts no more.
    """

    sentence: str
    count: int
    asked: bool


@dataclass(frozen=True)
class Reasons:
    """The most people first. Whom no single condition moves is in none of them."""

    entering: tuple[Reason, ...] = ()
    leaving: tuple[Reason, ...] = ()


def reasons(before: Any, after: Any, enters: BitMap64, leaves: BitMap64) -> Reasons:
    """Why these people move from the rule `before` to the rule `after` (JSON). Nothing when `before` cannot be asked.

    A condition moves somebody when the rule that asks it would say the opposite of them, were only this one the other
    way round. Conditions in both rules move nobody, unless there are no others: then the groups changed.
    """
    world = World.now()
    try:
        old, new = rules.parse(before), rules.parse(after)
        rules.check(old, world)
    except RuleError:
        return Reasons()
    wanted: dict[bytes, Condition] = {Everybody().digest: Everybody()}
    for tree in (old, new):
        wanted |= rules.leaves(rules.normal(tree))
    with snapshot():
        sets = sets_of(wanted, world)
    gone, come = _only_in(old, new), _only_in(new, old)
    told = {}
    for name, people in (("entering", enters), ("leaving", leaves)):
        some = [Reason(node.sentence(world), len(_moved(old, node, people, sets)), False) for node in gone.values()]
        some += [Reason(node.sentence(world), len(_moved(new, node, people, sets)), True) for node in come.values()]
        some.sort(key=lambda reason: -reason.count)
        told[name] = tuple(reason for reason in some if reason.count)
    return Reasons(**told)


def _only_in(tree: Rule, other: Rule) -> dict[bytes, Condition]:
    theirs = _conditions(other)
    own = _conditions(tree)
    return {digest: node for digest, node in own.items() if digest not in theirs} or (
        {} if own.keys() != theirs.keys() else own
    )


def _conditions(tree: Rule) -> dict[bytes, Condition]:
    return {node.digest: node for _path, node in rules.walk(tree) if isinstance(node, Condition)}


def _moved(tree: Rule, condition: Condition, people: BitMap64, sets: Mapping[bytes, BitMap64]) -> BitMap64:
    """The people whom the rule would judge otherwise, were this condition the other way round for them."""
    everybody = sets[Everybody().digest]
    judged = _people(tree, None, people, sets, everybody)
    return judged ^ _people(tree, condition.digest, people, sets, everybody)


def _people(
    node: Rule, turned: bytes | None, among: BitMap64, sets: Mapping[bytes, BitMap64], everybody: BitMap64
) -> BitMap64:
    """For whom of `among` a node holds; the condition with the digest `turned` is taken the other way round."""
    if isinstance(node, Condition):
        held = rules.evaluate(rules.normal(node), sets, everybody) & among
        return among - held if node.digest == turned else held
    parts = [_people(child, turned, among, sets, everybody) for child in node.rules]
    if node.kind == "all":
        return reduce(BitMap64.__and__, parts)
    together = reduce(BitMap64.__or__, parts)
    return together if node.kind == "any" else among - together
