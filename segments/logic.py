"""What a rule says by its form alone: that it always holds, that it never can, that a part of it changes nothing.

Every way in which its leaves may hold is a column of a truth table; columns that contradict what leaves say of each
other (segments/implied.py) are struck out. What is true in all that remain is true of any data.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segments import rules
from segments.implied import excludes, implies, impossible
from segments.leaves import Condition, Group, Rule

Column = NDArray[np.bool_]
# 2 to the power of so many columns; a rule with more leaves is not reasoned about as a whole, its groups are.
MOST = 15


class Table:
    """The truth table of a rule, or of a part of one; None of `of` when it has too many leaves."""

    def __init__(self, leaves: dict[bytes, Condition]) -> None:
        self._columns = _columns(leaves)
        self._possible = _possible(leaves, self._columns)

    @classmethod
    def of(cls, rule: Rule) -> Table | None:
        """The table of all leaves of a rule."""
        leaves = rules.leaves(rules.normal(rule))
        return cls(leaves) if len(leaves) <= MOST else None

    def never(self, rule: Rule) -> bool:
        """Nobody can ever be in it."""
        return not self._values(rule).any()

    def always(self, rule: Rule) -> bool:
        """Everybody is in it, whatever is known of them."""
        return bool(self._values(rule)[self._possible].all())

    def same(self, one: Rule, other: Rule) -> bool:
        """They have the same people."""
        return bool((self._values(one) == self._values(other)).all())

    def _values(self, rule: Rule) -> Column:
        return _evaluate(rules.normal(rule), self._columns) & self._possible


def _columns(leaves: dict[bytes, Condition]) -> dict[bytes, Column]:
    numbers = np.arange(2 ** len(leaves), dtype=np.uint32)
    return {digest: (numbers >> bit & 1).astype(bool) for bit, digest in enumerate(leaves)}


def _possible(leaves: dict[bytes, Condition], columns: dict[bytes, Column]) -> Column:
    possible: Column = np.ones(2 ** len(leaves), dtype=bool)
    for digest, leaf in leaves.items():
        if impossible(leaf):
            possible &= ~columns[digest]
    for (one, first), (other, second) in combinations(leaves.items(), 2):
        if implies(first, second):
            possible &= ~columns[one] | columns[other]
        if implies(second, first):
            possible &= ~columns[other] | columns[one]
        if excludes(first, second):
            possible &= ~(columns[one] & columns[other])
    return possible


def _evaluate(rule: Rule, columns: dict[bytes, Column]) -> Column:
    """A rule in normal form over columns: the same algebra as rules.evaluate has over sets of people."""
    if isinstance(rule, Condition):
        return columns[rule.digest]
    size = 2 ** len(columns)
    parts: list[Any] = [_evaluate(child, columns) for child in rule.rules]
    if rule.kind == "all":
        every: Column = np.logical_and.reduce([np.ones(size, dtype=bool), *parts])
        return every
    together: Column = np.logical_or.reduce([np.zeros(size, dtype=bool), *parts])
    return together if rule.kind == "any" else ~together


def without(group: Group, at: int) -> Group:
    """A group with one of its children left out."""
    return Group(group.kind, tuple(child for index, child in enumerate(group.rules) if index != at))
