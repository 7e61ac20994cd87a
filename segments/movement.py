"""By which conditions people would enter and leave when one rule takes the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from segments import rules
from segments.bitmaps import BitMap64
from segments.differences import changed
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Group, Rule
from segments.preview import sets_of
from segments.snapshot import snapshot
from segments.world import World


@dataclass(frozen=True)
class Reason:
    """A condition by which people move, and how many of them: who would not move but for its change.

    `before` is what the older rule asks, in words, `after` what the newer one asks: one of them may be empty.
    """

    before: str
    after: str
    count: int

    @property
    def sentence(self) -> str:
        """What became of the condition."""
        if self.before == self.after:  # Only the groups around it changed.
            return _("combined otherwise: %(what)s") % {"what": self.after}
        if self.before and self.after:
            return _("%(before)s → %(after)s") % {"before": self.before, "after": self.after}
        if self.after:
            return _("now asked: %(what)s") % {"what": self.after}
        return _("no longer asked: %(what)s") % {"what": self.before}


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
    steps, was, now = _steps(old, new, world), _words(old, world), _words(new, world)
    told = {}
    for name, people in (("entering", enters), ("leaving", leaves)):
        some = []
        for gone, come in steps:
            kept_out, keeps_out = _moved(old, gone, people, sets), _moved(new, come, people, sets)
            # Of a condition in both, what counts is what kept somebody out who enters, and keeps out who leaves.
            regrouped = kept_out if name == "entering" else keeps_out
            moved = regrouped if gone == come else kept_out | keeps_out
            before_words, after_words = (was[gone.digest] if gone else ""), (now[come.digest] if come else "")
            some.append(Reason(before_words, after_words, len(moved)))
        some.sort(key=lambda reason: -reason.count)
        told[name] = tuple(reason for reason in some if reason.count)
    return Reasons(**told)


def _steps(old: Rule, new: Rule, world: World) -> list[tuple[Condition | None, Condition | None]]:
    """What became of the conditions: (what is asked no more, what is asked now), together what became of one."""
    was, now = _conditions(old), _conditions(new)
    if was.keys() == now.keys():  # Only the groups changed.
        return [(node, node) for node in now.values()]
    gone = {digest: node for digest, node in was.items() if digest not in now}
    come = {digest: node for digest, node in now.items() if digest not in was}
    steps: list[tuple[Condition | None, Condition | None]] = []
    for before, after in changed(old, new, world):
        if before.digest in gone and after.digest in come:
            steps.append((gone.pop(before.digest), come.pop(after.digest)))
    return [*steps, *((node, None) for node in gone.values()), *((None, node) for node in come.values())]


def _words(tree: Rule, world: World) -> dict[bytes, str]:
    """Each condition in words; where nothing of its group must hold, the condition alone would say the opposite."""
    words = {node.digest: node.sentence(world) for node in _conditions(tree).values()}
    for _path, group in rules.walk(tree):
        if isinstance(group, Group) and group.kind == "none":
            for node in group.rules:
                if isinstance(node, Condition):
                    words[node.digest] = rules.sentence(Group("none", (node,)), world)
    return words


def _conditions(tree: Rule) -> dict[bytes, Condition]:
    return {node.digest: node for _path, node in rules.walk(tree) if isinstance(node, Condition)}


def _moved(tree: Rule, condition: Condition | None, people: BitMap64, sets: Mapping[bytes, BitMap64]) -> BitMap64:
    """The people whom the rule would judge otherwise, were this condition the other way round for them."""
    if condition is None:
        return BitMap64()
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
