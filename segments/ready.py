"""Ready-made segments: what marketers ask first, to begin with. Each app contributes those about its own data.

An app registers a provider in its gallery.py, which segments/apps.py imports. What one needs and this base does not
know is said, not hidden: nobody would look for a cart event that they do not know is worth sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments import rules
from segments.leaves import OfSegment, Where
from segments.world import World

Rule = dict[str, Any]

# In the order in which they are shown.
SHELVES: dict[str, str | Promise] = {
    "customers": gettext_lazy("Customers"),
    "leads": gettext_lazy("Not customers yet"),
    "leaving": gettext_lazy("Lapsing and lost"),
    "engaged": gettext_lazy("Engagement and channels"),
    "occasions": gettext_lazy("Occasions and tests"),
}


@dataclass(frozen=True)
class Ready:
    """A segment to begin with. `called` has words for attributes that may be missing here, by key."""

    slug: str
    name: str
    description: str
    rule: Rule
    shelf: str
    icon: str = "donut_small"
    called: dict[str, str] = field(default_factory=dict)


Provider = Callable[[World], Iterable[Ready]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider of ready-made segments; returns it, so that it can decorate."""
    _providers.append(provider)
    return provider


def ready(world: World) -> list[Ready]:
    """All of them, in the current language, shelf by shelf."""
    every = [one for provider in _providers for one in provider(world)]
    return sorted(every, key=lambda one: list(SHELVES).index(one.shelf))


def missing(one: Ready, world: World) -> list[str]:
    """What it asks and this base does not know, in words: events by name, attributes as they would be called."""
    lacks: dict[str, None] = {}
    for _path, node in rules.walk(rules.parse(one.rule)):
        if isinstance(node, Where) and node.attribute not in world.attributes:
            lacks[one.called.get(node.attribute) or node.attribute.rpartition(".")[2]] = None
        elif isinstance(node, OfSegment) and node.segment not in world.segments:
            lacks[_("the segment “%(slug)s”") % {"slug": node.segment}] = None
        for event in _events(node):
            if event not in world.events:
                lacks[event] = None
    return list(lacks)


def can_be_asked(one: Ready, world: World) -> bool:
    """Whether its rule can be checked here; one that waits for an event can, and is empty."""
    nodes = [node for _path, node in rules.walk(rules.parse(one.rule))]
    attributes = {node.attribute for node in nodes if isinstance(node, Where)}
    segments = {node.segment for node in nodes if isinstance(node, OfSegment)}
    return attributes <= world.attributes.keys() and segments <= world.segments.keys()


def _events(node: rules.Rule) -> list[str]:
    """The events that a condition names."""
    if not isinstance(node, rules.Condition):
        return []
    event = getattr(node, "event", None)
    steps = getattr(node, "steps", ())
    return [event] if isinstance(event, str) else [step.event for step in steps]
