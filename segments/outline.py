"""A rule as nested lines of text, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segments import rules
from segments.errors import RuleError
from segments.world import World


@dataclass(frozen=True)
class Line:
    """A node of a rule as a line of text; groups have lines below them."""

    kind: str
    text: str
    below: tuple[Line, ...] = ()


def outline(rule: Any, world: World) -> Line | None:
    """The rule (JSON) line by line; None when it cannot be read."""
    try:
        return _line(rules.parse(rule), world)
    except RuleError:
        return None


def _line(node: rules.Rule, world: World) -> Line:
    if isinstance(node, rules.Group):
        return Line(node.kind, "", tuple(_line(child, world) for child in node.rules))
    return Line(node.key, node.sentence(world))
