"""What a rule says by its form alone: what can never hold, always holds, or is said already."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from segments import rules
from segments.leaves import Condition, Group
from segments.logic import Table, without
from segments.notes import Note, Offer, Said, negative


def by_form(said: Said) -> Iterator[Note]:
    """What can never hold, always holds, or is said already: each told where it arises, and for the whole."""
    whole = Table.of(said.tree)
    for path, node in reversed(list(rules.walk(said.tree))):  # children first
        table = whole or Table.of(node)
        if table is None:
            continue
        below = path in said.settled
        if isinstance(node, Condition) or not node.rules:
            if table.never(node):
                said.settled |= _upward(path)
                yield Note(path, _("This can never hold: look at its period and its numbers."), grave=True)
            elif table.always(node):
                yield Note(path, _("This always holds, of everybody."), grave=True)
        elif table.never(node):
            yield from _contradiction(said, table, path, node, below=below)
        elif table.always(node):
            yield from _tautology(said, path, node, below=below)
        else:
            yield from _redundant(said, table, path, node)


def _upward(path: str) -> set[str]:
    """The path and those of the groups around it."""
    parts = path.split(".") if path else []
    return {".".join(parts[:length]) for length in range(len(parts) + 1)}


def _contradiction(said: Said, table: Table, path: str, group: Group, *, below: bool) -> Iterator[Note]:
    said.settled |= _upward(path)
    if not path:
        yield Note("", _("This can never match anybody: its conditions contradict each other."), grave=True)
    if below or group.kind != "all":
        return
    pairs = ((one, other) for at, one in enumerate(group.rules) for other in group.rules[:at])
    found = next((pair for pair in pairs if table.never(Group("all", pair))), None)
    if found:
        one, other = map(said.words, reversed(found))
        message = _("“%(one)s” and “%(other)s” never hold for the same person.") % {"one": one, "other": other}
        yield Note(path, message, grave=True, offer=Offer(_("Use “any of these”"), "combine", kind="any"))


def _tautology(said: Said, path: str, group: Group, *, below: bool) -> Iterator[Note]:
    said.settled |= _upward(path)
    if not path:
        yield Note("", _("This matches everyone, whatever is known of them."), grave=True, offer=_all_of(group))
    elif not below:
        yield Note(path, everyone(path), grave=True, offer=_all_of(group))


def _all_of(group: Group) -> Offer | None:
    """ "is not FR or is not DE" is meant to be "and"."""
    denied = sum(negative(child) for child in group.rules)
    return all_of() if group.kind == "any" and denied > 1 else None


def all_of() -> Offer:
    """One click makes it "all of these"."""
    return Offer(_("Use “all of these”"), "combine", kind="all")


def everyone(path: str) -> str:
    """What is said of a rule, or of a group, that matches everyone."""
    if not path:
        return _("This matches everyone.")
    return _("one of these always holds, so this group matches everyone")


def _redundant(said: Said, table: Table, path: str, group: Group) -> Iterator[Note]:
    """Conditions that others in the group say already; of two equal ones, the later."""
    rest = group
    for at in reversed(range(len(group.rules))):
        smaller = without(rest, at)
        child = rules.join(path, at)
        if smaller.rules and child not in said.settled and table.same(rest, smaller):
            rest = smaller
            said.settled.add(child)
            yield Note(child, _("The other conditions say this already."), offer=Offer(_("Remove it"), "remove"))
