"""What changed from one rule to another: conditions that came, went, became others, or moved to another group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from segments import rules
from segments.errors import RuleError
from segments.leaves import Condition, Group, Rule
from segments.world import World


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"
    REGROUPED = "regrouped"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Difference:
    """One change, in plain words. `before` is empty for what was added, `after` for what was removed.

    Of what moved, and of a group that combines otherwise, `what` says which conditions it is about.
    """

    kind: Kind
    before: str = ""
    after: str = ""
    what: str = ""

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        named = {"before": self.before, "after": self.after, "what": self.what}
        return {
            Kind.ADDED: _("Added: %(after)s"),
            Kind.REMOVED: _("Removed: %(before)s"),
            Kind.CHANGED: _("%(before)s → %(after)s"),
            Kind.MOVED: _("Moved from “%(before)s” to “%(after)s”: %(what)s"),
            Kind.REGROUPED: _("“%(before)s” became “%(after)s”: %(what)s"),
            Kind.UNREADABLE: _("A rule that cannot be read: %(what)s"),
        }[self.kind] % named


def differences(before: Any, after: Any, world: World) -> list[Difference]:
    """From the rule `before` to the rule `after` (JSON), in the order of the newer one; none when they say the same."""
    try:
        old, new = rules.parse(before), rules.parse(after)
    except RuleError as error:
        return [] if before == after else [Difference(Kind.UNREADABLE, what=error.message)]
    found = _Compared(world)
    found.compare(_grouped(old), _grouped(new))
    return list(found.told())


def changed(old: Rule, new: Rule, world: World) -> list[tuple[Condition, Condition]]:
    """The conditions of one rule that became others in the other."""
    found = _Compared(world)
    found.compare(_grouped(old), _grouped(new))
    return found.pairs


@dataclass(frozen=True)
class _Loose:
    """Something without a partner, and the kind of the group it stands in."""

    node: Rule
    group: str


class _Compared:
    def __init__(self, world: World) -> None:
        self.world = world
        self.pairs: list[tuple[Condition, Condition]] = []
        self.changes: list[Difference] = []
        self.removed: list[_Loose] = []
        self.added: list[_Loose] = []

    def compare(self, old: Group, new: Group) -> None:
        """Two groups that are the same place in the two rules."""
        if old.kind != new.kind and len(old.rules) + len(new.rules) > 2:
            what = capfirst(_("; ").join(rules.sentence(node, self.world) for node in new.rules))
            self.changes.append(Difference(Kind.REGROUPED, _group(old.kind), _group(new.kind), what))
        elif old.kind != new.kind:  # One condition: "not" says it better than a group of one.
            old, new = Group("all", (_plain(old),)), Group("all", (_plain(new),))
        came, went = list(new.rules), []
        for node in old.rules:
            if node in came:
                came.remove(node)
            else:
                went.append(node)
        for before, after in _pairs(went, came):
            went.remove(before)
            came.remove(after)
            if isinstance(before, Group) and isinstance(after, Group):
                self.compare(before, after)
            else:
                if isinstance(before, Condition) and isinstance(after, Condition):
                    self.pairs.append((before, after))
                words = (capfirst(rules.sentence(node, self.world)) for node in (before, after))
                self.changes.append(Difference(Kind.CHANGED, *words))
        self.removed += [_Loose(node, old.kind) for node in went]
        self.added += [_Loose(node, new.kind) for node in came]

    def told(self) -> Iterator[Difference]:
        """What is left over on both sides is the same thing elsewhere; on one side it came or went."""
        for loose in list(self.added):
            same = next((one for one in self.removed if one.node == loose.node), None)
            if same:
                self.added.remove(loose)
                self.removed.remove(same)
                words = capfirst(rules.sentence(loose.node, self.world))
                self.changes.append(Difference(Kind.MOVED, _group(same.group), _group(loose.group), words))
        yield from self.changes
        for loose in self.removed:
            yield Difference(Kind.REMOVED, before=self._words(loose))
        for loose in self.added:
            yield Difference(Kind.ADDED, after=self._words(loose))

    def _words(self, loose: _Loose) -> str:
        # Where nothing of the group must hold, the condition alone would say the opposite.
        node = Group("none", (loose.node,)) if loose.group == "none" else loose.node
        return capfirst(rules.sentence(node, self.world))


def _pairs(went: Sequence[Rule], came: Sequence[Rule]) -> list[tuple[Rule, Rule]]:
    """What is about the same, the most alike first: groups that share conditions, conditions on the same thing."""
    alike = [(_alike(old, new), at, to) for at, old in enumerate(went) for to, new in enumerate(came)]
    found: list[tuple[Rule, Rule]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for likeness, at, to in sorted(alike, key=lambda each: (-each[0], each[1], each[2])):
        if likeness > 0 and at not in taken[0] and to not in taken[1]:
            taken[0].add(at)
            taken[1].add(to)
            found.append((went[at], came[to]))
    return found


def _alike(old: Rule, new: Rule) -> int:
    if isinstance(old, Group) or isinstance(new, Group):
        same_kind = isinstance(old, Group) and isinstance(new, Group) and old.kind == new.kind
        return 2 * len(_conditions(old) & _conditions(new)) + same_kind
    if old.key == new.key:
        one, other = old.body(), new.body()
        same = [key for key in one.keys() & other.keys() if one[key] == other[key]]
        # Of what it asks counts most: two counts of the same event are alike, two events are not.
        subject = next((key for key in ("attribute", "event", "segment", "steps") if key in one), "")
        return len(same) + 1 if not subject or subject in same else 0
    return 0


def _conditions(rule: Rule) -> set[bytes]:
    return {node.digest for _path, node in rules.walk(rule) if isinstance(node, Condition)}


def _grouped(rule: Rule) -> Group:
    return rule if isinstance(rule, Group) else Group("all", (rule,))


def _plain(group: Group) -> Rule:
    return group if group.kind == "none" else group.rules[0]


def _group(kind: str) -> str:
    return {"all": _("All of these"), "any": _("Any of these"), "none": _("None of these")}[kind]
