"""What is worth telling the author of a rule: that it matches everyone, contradicts itself, includes the unknown…"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Min
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from profiles.models import Event
from segments import rules
from segments.contradictions import all_of, by_form, everyone
from segments.leaves import Condition, Group, Rule, Where
from segments.leaves.happened import Happened
from segments.logic import without
from segments.notes import Note, Offer, Said, known_leaf, negative, node_at, turned
from segments.windows import Window, zone

# Of so many conditions in a group it is asked whether each changes something just now.
MOST_COMPARED = 12


def needed(tree: Rule) -> dict[bytes, Condition]:
    """The leaves that are asked for remarks alone: of whom is known what is compared?"""
    compared = [node for _path, node in rules.walk(tree) if isinstance(node, Where) and node.negated]
    for _path, node in rules.walk(tree):
        if isinstance(node, Group) and node.kind == "none":
            compared += [child for child in node.rules if isinstance(child, Where)]
    return {leaf.digest: leaf for leaf in map(known_leaf, compared)}


def notes(said: Said) -> list[Note]:
    """All of them, those about conditions first; of the rule as a whole (path "") at most one that is grave."""
    found = [*by_form(said), *_unknown(said), *_negative_or(said), *_idle(said), *_never_seen(said)]
    return [*found, *_whole(said, found)]


def _whole(said: Said, found: Iterable[Note]) -> Iterator[Note]:
    if any(note.path == "" and note.grave for note in found):
        return
    total = said.counted.of(said.tree).size
    if total == len(said.counted.everybody) and total:
        yield Note("", _("This matches everyone."), grave=True)
    elif not total:
        yield Note("", _("This matches nobody at the moment."))


# --- By the numbers -----------------------------------------------------------------------------------


def _unknown(said: Said) -> Iterator[Note]:
    """Where a negation lets in those of whom it is not known. Within a negation, it is the other way round."""
    for path, node in rules.walk(said.tree):
        if turned(said.tree, path):
            continue
        if isinstance(node, Where) and node.negated and node.op != "known":
            yield from _including(said, path, node, node)
        if isinstance(node, Group) and node.kind == "none":
            for child in node.rules:
                if isinstance(child, Where) and not child.negated and child.op != "known":
                    yield from _including(said, path, node, child)


def _including(said: Said, path: str, node: Rule, asks: Where) -> Iterator[Note]:
    known = known_leaf(asks)
    found = said.counted.of(Group("all", (node, Group("none", (known,)))))
    if not found.size or _is_known(said.tree, path, asks):
        return
    label = said.world.attributes[asks.attribute].label
    about = {"count": number_format(found.size, force_grouping=True), "attribute": label}
    if node is asks:
        message = _("including %(count)s for whom it is unknown") % about
    else:
        message = _("including %(count)s of whom %(attribute)s is unknown") % about
    yield Note(path, message, offer=_and_known(said.tree, path, node, known))


def _is_known(tree: Rule, path: str, asks: Where) -> bool:
    """Whether a condition beside it lets in only those of whom it is known."""
    parent = node_at(tree, path.rpartition(".")[0]) if path else None
    beside = parent.rules if isinstance(parent, Group) and parent.kind == "all" else ()
    return any(isinstance(other, Where) and other.attribute == asks.attribute and not other.negated for other in beside)


def _and_known(tree: Rule, path: str, node: Rule, known: Where) -> Offer:
    label = _("and is known")
    parent = node_at(tree, path.rpartition(".")[0]) if path else None
    if isinstance(parent, Group) and parent.kind == "all":
        return Offer(label, "beside", known.to_json())
    return Offer(label, "replace", Group("all", (node, known)).to_json())


def _negative_or(said: Said) -> Iterator[Note]:
    """ "is not FR or is not DE": one of them holds for nearly everybody."""
    for path, node in rules.walk(said.tree):
        if not isinstance(node, Group) or node.kind != "any" or path in said.settled:
            continue
        denied = [child for child in node.rules if negative(child)]
        everybody = (
            bool(said.counted.everybody)
            and len(node.rules) > 1
            and (said.counted.of(node).size == len(said.counted.everybody))
        )
        if not everybody and len(denied) < 2:
            continue
        if everybody:
            said.settled.add(path)
            message = everyone(path)
        else:
            message = _("With “any of these”, a person needs to be only one of the things that are denied here.")
        yield Note(path, message, grave=everybody, offer=all_of() if denied else None)


def _idle(said: Said) -> Iterator[Note]:
    """Conditions without which the group would have the same people just now."""
    for path, node in rules.walk(said.tree):
        if not isinstance(node, Group) or not 1 < len(node.rules) <= MOST_COMPARED or node.kind == "none":
            continue
        with_all = said.counted.of(node)
        if not with_all.exact or not with_all.size or with_all.size == len(said.counted.everybody):
            continue
        idle = [at for at in range(len(node.rules)) if said.counted.of(without(node, at)).people == with_all.people]
        if len(idle) != 1 or rules.join(path, idle[0]) in said.settled:
            continue  # Of several, it depends on which of them goes first.
        child = rules.join(path, idle[0])
        if node.kind == "all":
            yield Note(child, _("Changes nothing at the moment: whoever fits the other conditions fits this one."))
        else:
            yield Note(child, _("Adds nobody at the moment: whoever fits this fits another condition."))


def _never_seen(said: Said) -> Iterator[Note]:
    """Events that nobody ever did, and periods before the first of them."""
    asked = [(path, node) for path, node in rules.walk(said.tree) if isinstance(node, Happened)]
    begun = _begun({name for _path, node in asked for name in node.names()}, said)
    for path, node in asked:
        unseen = [name for name in sorted(node.names()) if name not in begun]
        window = getattr(node, "window", None)
        if unseen:
            yield Note(path, _("Nobody ever did “%(event)s” so far.") % {"event": unseen[0]})
        elif isinstance(window, Window) and (window.near or window.last):
            first = max(begun[name] for name in node.names())
            if window.high(said.counted.at) < first:
                when = date_format(first.astimezone(zone()), "DATE_FORMAT")
                yield Note(
                    path, _("Nothing is known of that time: the first such event is of %(when)s.") % {"when": when}
                )


def _begun(names: set[str], said: Said) -> dict[str, Any]:
    """When each event happened for the first time; those that never did are not in it. One look at the index each."""
    known = {said.world.events[name]: name for name in names if name in said.world.events}
    rows = [
        (name, Event.objects.filter(name_id=pk).aggregate(first=Min("occurred_at"))["first"])
        for pk, name in known.items()
    ]
    return {name: first for name, first in rows if first}
