"""What is told about a rule that is being written: a note at a node of it, with the one click that does something."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from segments import rules
from segments.bitmaps import BitMap64
from segments.counting import Counted
from segments.leaves import Group, Rule, Where
from segments.world import World


@dataclass(frozen=True)
class Offer:
    """What one click does about it. `do` is "remove" (the node), "combine" (its group: `kind`), "replace" (the node,
    with `rule`) or "beside" (`rule` follows the node, in its group).
    """

    label: str
    do: str
    rule: Any = None
    kind: str = ""

    def to_json(self) -> dict[str, Any]:
        """For the browser."""
        return {"label": self.label, "do": self.do, "rule": self.rule, "kind": self.kind}


@dataclass(frozen=True)
class Note:
    """Something to tell about a condition; `path` as in RuleError. `grave`: hardly what the author wants."""

    path: str
    message: str
    grave: bool = False
    offer: Offer | None = None


@dataclass
class Said:
    """A rule as it was counted: `members` has who satisfies each node, by path."""

    tree: Rule
    members: dict[str, BitMap64]
    counted: Counted
    world: World
    # Paths at which the form of the rule says enough.
    settled: set[str] = field(default_factory=set)

    def words(self, node: Rule) -> str:
        """A node in words, to be quoted."""
        return rules.sentence(node, self.world)


def known_leaf(node: Where) -> Where:
    """The condition that what a condition compares is known at all."""
    return Where(node.attribute, "known")


def negative(node: Rule) -> bool:
    """It denies something: it holds for somebody of whom nothing is known and who did nothing."""
    normal, nobody, stranger = rules.normal(node), BitMap64(), BitMap64([1])
    return bool(rules.evaluate(normal, dict.fromkeys(rules.leaves(normal), nobody), stranger))


def turned(tree: Rule, path: str) -> bool:
    """Whether an odd number of "none of these" stands around a node."""
    parts = path.split(".") if path else []
    around = [node_at(tree, ".".join(parts[:length])) for length in range(len(parts))]
    return sum(isinstance(node, Group) and node.kind == "none" for node in around) % 2 == 1


def node_at(tree: Rule, path: str) -> Rule:
    """The node at a path of the rule."""
    for part in path.split(".") if path else []:
        if isinstance(tree, Group):
            tree = tree.rules[int(part)]
    return tree
