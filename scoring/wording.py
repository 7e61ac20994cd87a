"""What a score counts, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.plots import number
from scoring.items import Item, shown
from scoring.methods.base import Method
from scoring.methods.points import Points
from scoring.methods.rfm import FIFTHS, Rfm
from segments.errors import RuleError
from segments.leaves.filters import Filter
from segments.rules import parse, sentence
from segments.world import World


@dataclass(frozen=True)
class Line:
    """One thing that counts. `points` is None where it is not about points; `how` may be empty."""

    what: str
    how: str = ""
    points: float | None = None


def counted(method: Method) -> list[Line]:
    """Everything that a method looks at."""
    if isinstance(method, Points):
        return _points(method)
    if isinstance(method, Rfm):
        return _rfm(method)
    return [Line(str(method.description))]


def limits(method: Method) -> list[str]:
    """What holds for the score as a whole, one sentence each."""
    if not isinstance(method, Points):
        return []
    found = [
        _("“%(group)s” gives at most %(points)s points.") % {"group": group, "points": number(shown(most))}
        for group, most in method.groups
    ]
    if method.most is not None:
        found.append(_("At most %(points)s points in all.") % {"points": number(shown(method.most))})
    if method.least is not None:
        found.append(_("Never under %(points)s.") % {"points": number(shown(method.least))})
    if method.audience:
        found.append(_("Only for who %(condition)s.") % {"condition": sentence(method.audience, World.now())})
    return found


def signed(points: float) -> str:
    """+20 or −5."""
    return f"+{number(points)}" if points > 0 else f"−{number(abs(points))}"


def frozen_words(error: str) -> str:
    """Why a score is frozen, with the rule by its number instead of a path through the configuration."""
    place, colon, words = error.partition(": ")
    _part, _dot, rest = place.partition(".")
    at = rest.partition(".")[0]
    if not colon or " " in place:
        return error
    return _("Rule %(number)d: %(words)s") % {"number": int(at) + 1, "words": words} if at.isdecimal() else words


def rule_words(rule: Any) -> str:
    """A condition in words, or why there are none; "" for none."""
    if not rule:
        return ""
    try:
        return sentence(parse(rule), World.now())
    except RuleError as error:
        return error.message


def where_words(where: Any) -> str:
    """What is asked of an event's properties, in words; "" for nothing, or for what cannot be read."""
    filters = where if isinstance(where, list) else [where] if where else []
    try:
        return _(" and ").join(Filter.parse(item, "").words() for item in filters)
    except RuleError:
        return ""


def _points(method: Points) -> list[Line]:
    world = World.now()
    lines = [Line(item.words(world), _how(item), shown(item.points)) for item in method.items]
    return sorted(lines, key=lambda line: -(line.points or 0))


def _how(item: Item) -> str:
    if item.rule:
        return _("while it holds")
    said = [_often(item)]
    if item.decay:
        said.append(
            ngettext("fading away in %(days)d day", "fading away over %(days)d days", item.decay) % {"days": item.decay}
        )
    if item.within:
        said.append(
            ngettext("in the last %(days)d day", "in the last %(days)d days", item.within) % {"days": item.within}
        )
    return ", ".join(said)


def _often(item: Item) -> str:
    if not item.most:
        return _("each time")
    if item.most == 1 and not item.per:
        return _("once")
    patterns = {
        "day": _("at most %(count)d a day"),
        "week": _("at most %(count)d a week"),
        "month": _("at most %(count)d a month"),
        "": _("at most %(count)d in all"),
    }
    return patterns[item.per] % {"count": item.most}


def _rfm(method: Rfm) -> list[Line]:
    bought = _("“%(event)s” of the last %(days)d days") % {"event": method.event, "days": method.within}
    worth = _("their amounts together")
    if method.refunds:
        worth = _("their amounts together, less “%(event)s”") % {"event": method.refunds}
    fifths = _("1 to %(count)d points, by fifths of everybody who bought") % {"count": FIFTHS}
    return [
        Line(_("Recency: how long ago the last one was"), fifths),
        Line(_("Frequency: how many there were"), fifths),
        Line(_("Monetary value: %(worth)s") % {"worth": worth}, fifths),
        Line(_("A purchase is %(bought)s") % {"bought": bought}),
    ]
