"""Rules of the rule language, as scores ask them: read, checked, and answered as sets of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scoring.errors import ScoreError
from segments import rules
from segments.bitmaps import BitMap64
from segments.edges import passed
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Rule
from segments.world import World

_EVERYBODY = Everybody()


def read_rule(raw: Any, path: str) -> Rule:
    """The rule in a configuration; ScoreError, with the path into it, when it cannot be read."""
    try:
        return rules.parse(raw)
    except RuleError as error:
        raise _placed(error, path) from error


def check_rule(rule: Rule, world: World, path: str) -> None:
    """ScoreError when a name in the rule means nothing now."""
    try:
        rules.check(rule, world)
    except RuleError as error:
        raise _placed(error, path) from error


def people(asked: Sequence[Rule], at: datetime, among: BitMap64 | None, world: World) -> list[BitMap64]:
    """For each rule, whom it holds for at that time: of everybody, or among some. Each condition is asked once."""
    trees = [rules.normal(rule) for rule in asked]
    by_class: dict[type[Condition], dict[int, Condition]] = defaultdict(dict)
    for key, leaf in enumerate(_leaves(trees).values()):
        by_class[type(leaf)][key] = leaf
    sets: dict[bytes, BitMap64] = {}
    for kind, some in by_class.items():
        found = kind.ask(some, at, among, world)
        sets |= {leaf.digest: found.get(key, BitMap64()) for key, leaf in some.items()}
    return [rules.evaluate(tree, sets, sets[_EVERYBODY.digest]) for tree in trees]


def moved_by_clock(asked: Sequence[Rule], since: datetime, until: datetime, world: World) -> BitMap64:
    """Who may have come under one of the rules, or left it, because time passed."""
    leaves = dict(enumerate(_leaves([rules.normal(rule) for rule in asked]).values()))
    found = BitMap64()
    for some in passed(leaves, since, until, world).values():
        found |= some
    return found


def _leaves(trees: Sequence[Rule]) -> dict[bytes, Condition]:
    leaves: dict[bytes, Condition] = {_EVERYBODY.digest: _EVERYBODY}
    for tree in trees:
        leaves |= rules.leaves(tree)
    return leaves


def _placed(error: RuleError, path: str) -> ScoreError:
    return ScoreError(f"{path}.{error.path}" if error.path else path, error.message)
