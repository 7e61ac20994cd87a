"""The rule language: a tree of groups and conditions, read from JSON, checked, and evaluated over sets.

    {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}},
             {"none": [{"did": {"event": "Page Viewed", "within": "14 days"}}]}]}

The law: a rule is total. A positive condition never matches what is unknown; its negation is the exact
complement; the two always sum to everybody. What cannot be read or checked raises RuleError, and nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from django.utils.translation import gettext as _

from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Group, Rule, conditions
from segments.world import World

__all__ = ["Condition", "Group", "Rule", "check", "evaluate", "leaves", "normal", "parse", "sentence", "walk"]

GROUPS = ("all", "any", "none")
MAX_DEPTH = 10
MAX_CONDITIONS = 100
# Of the engine alone: everybody is a set that it keeps, and overrides are added to every rule by the plan.
_INTERNAL = {"everybody", "forced"}


def parse(raw: object) -> Rule:
    """Build the tree. Its meaning is not checked here: see `check`."""
    rule = _parse(raw, "", 1)
    if sum(isinstance(node, Condition) for _path, node in walk(rule)) > MAX_CONDITIONS:
        raise RuleError("", _("A rule has at most %(count)d conditions.") % {"count": MAX_CONDITIONS})
    return rule


def _parse(raw: object, path: str, depth: int) -> Rule:
    if not isinstance(raw, dict) or len(raw) != 1:
        raise RuleError(path, _("A condition or a group is missing here."))
    ((key, body),) = raw.items()
    if key in GROUPS:
        if not isinstance(body, list) or not body:
            raise RuleError(path, _("This group is empty: add a condition or remove it."))
        if depth > MAX_DEPTH:
            raise RuleError(path, _("Groups nest at most %(depth)d deep.") % {"depth": MAX_DEPTH})
        return Group(key, tuple(_parse(item, join(path, at), depth + 1) for at, item in enumerate(body)))
    kind = conditions().get(key)
    if kind is None or key in _INTERNAL or not isinstance(body, dict):
        raise RuleError(path, _("“%(key)s” is not a kind of condition.") % {"key": key})
    body = dict(body)
    condition = kind.parse(body, path)
    if body:  # What parse did not take would be accepted and ignored.
        raise RuleError(path, _("“%(key)s” is not understood here.") % {"key": next(iter(body))})
    return condition


def join(path: str, at: int) -> str:
    """The path of a group's child."""
    return f"{path}.{at}" if path else str(at)


def walk(rule: Rule, path: str = "") -> Iterator[tuple[str, Rule]]:
    """Every node with its path, parents first."""
    yield path, rule
    if isinstance(rule, Group):
        for at, child in enumerate(rule.rules):
            yield from walk(child, join(path, at))


def check(rule: Rule, world: World) -> None:
    """RuleError when a name in the rule means nothing now."""
    for path, node in walk(rule):
        if isinstance(node, Condition):
            node.check(world, path)


def normal(rule: Rule) -> Rule:
    """The same rule over positive leaves only: what "at most" and "is not" mean is said in groups."""
    if isinstance(rule, Condition):
        expanded = rule.normal()
        return expanded if expanded is rule else normal(expanded)
    return Group(rule.kind, tuple(map(normal, rule.rules)))


def leaves(rule: Rule) -> dict[bytes, Condition]:
    """The leaves of a rule in normal form, by digest."""
    return {node.digest: node for _path, node in walk(rule) if isinstance(node, Condition)}


def evaluate(rule: Rule, sets: Mapping[bytes, BitMap64], everybody: BitMap64) -> BitMap64:
    """The people for whom a rule in normal form holds; `sets` has the people of each leaf by digest.

    Never changes a set it was given. Restricted sets give the restricted answer.
    """
    if isinstance(rule, Condition):
        return sets[rule.digest]
    parts = [evaluate(child, sets, everybody) for child in rule.rules]
    if rule.kind == "all":
        return reduce(BitMap64.__and__, sorted(parts, key=len))
    together = reduce(BitMap64.__or__, parts, BitMap64())
    return together if rule.kind == "any" else everybody - together


def sentence(rule: Rule, world: World) -> str:
    """The rule in plain words, in the reader's language."""
    return _sentence(rule, world, outermost=True)


def _sentence(rule: Rule, world: World, *, outermost: bool = False) -> str:
    if isinstance(rule, Condition):
        return rule.sentence(world)
    parts = [_sentence(child, world) for child in rule.rules]
    if rule.kind == "none":
        return _("none of: %(parts)s") % {"parts": _("; ").join(parts)} if len(parts) > 1 else _("not (%s)") % parts[0]
    text = (_(" and ") if rule.kind == "all" else _(" or ")).join(parts)
    return text if outermost or len(parts) == 1 else f"({text})"
