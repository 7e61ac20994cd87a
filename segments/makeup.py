"""What a segment is made of: what its rule reads, and its conditions with what they cost and who else asks them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from segments import rules
from segments.errors import RuleError
from segments.leaves import Condition, OfSegment
from segments.models import Leaf, Segment
from segments.sets import Sets
from segments.world import World


@dataclass(frozen=True)
class Reads:
    """What a rule reads, each by name: events as they are called, attributes by label."""

    segments: tuple[Segment, ...] = ()
    attributes: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.segments or self.attributes or self.events)


@dataclass(frozen=True)
class Ingredient:
    """A condition as it is kept, once for all segments: for whom it holds, what asking everybody took (ms), how many
    other segments ask it. `size` is None until it was asked; so is the id of a condition never registered."""

    leaf_id: int | None
    words: str
    size: int | None
    duration_ms: int
    shared: int


@dataclass(frozen=True)
class Makeup:
    """The conditions of a segment, the costliest first."""

    ingredients: tuple[Ingredient, ...] = ()

    @property
    def duration_ms(self) -> int:
        """What computing the segment from nothing takes, were no condition there yet."""
        return sum(one.duration_ms for one in self.ingredients)

    @property
    def shared(self) -> int:
        """How many of the conditions other segments ask too: those cost this one nothing."""
        return sum(one.shared > 0 for one in self.ingredients)


def reads(segment: Segment, world: World) -> Reads:
    """What the rule reads; nothing for one that cannot be read. One query."""
    leaves = _leaves(segment.rule).values()
    slugs = {leaf.segment for leaf in leaves if isinstance(leaf, OfSegment)}
    attributes = {key for leaf in leaves if (key := getattr(leaf, "attribute", ""))}
    topics = {topic for leaf in leaves for topic in _topics(leaf, world) if topic.startswith("event:")}
    return Reads(
        tuple(Segment.objects.filter(slug__in=slugs)) if slugs else (),
        tuple(sorted(world.attributes[key].label if key in world.attributes else key for key in attributes)),
        tuple(sorted(topic.removeprefix("event:") for topic in topics if not topic.endswith(":*"))),
    )


def makeup(segment: Segment, world: World) -> Makeup:
    """Three queries, and every rule is read once in the life of this process."""
    leaves = _leaves(segment.rule)
    if not leaves:
        return Makeup()
    others = Segment.objects.exclude(pk=segment.pk).exclude(state=Segment.State.DRAFT)
    asked = [_digests(_text(rule)) for rule in others.order_by().values_list("rule", flat=True)]
    rows = {bytes(row.digest): row for row in Leaf.objects.filter(digest__in=list(leaves)).defer("members")}
    sizes = _sizes(rows.values())
    found = []
    for digest, leaf in leaves.items():
        row = rows.get(digest)
        shared = sum(digest in digests for digests in asked)
        size = sizes.get(row.pk) if row else None
        cost = row.duration_ms if row else 0
        found.append(Ingredient(row.pk if row else None, leaf.sentence(world), size, cost, shared))
    return Makeup(tuple(sorted(found, key=lambda one: -one.duration_ms)))


def _sizes(rows: Iterable[Leaf]) -> dict[int, int]:
    computed = [row.pk for row in rows if row.computed_at]
    return {pk: len(people) for pk, people in Sets().load(computed).items()} if computed else {}


def _leaves(rule: Any) -> dict[bytes, Condition]:
    try:
        return rules.leaves(rules.normal(rules.parse(rule)))
    except RuleError:
        return {}


@lru_cache(maxsize=4096)
def _digests(text: str) -> frozenset[bytes]:
    """The same text is the same rule: hundreds of them are not read anew for each page."""
    return frozenset(_leaves(json.loads(text)))


def _text(rule: Any) -> str:
    return json.dumps(rule, sort_keys=True)


def _topics(leaf: Condition, world: World) -> frozenset[str]:
    try:
        return leaf.reads(world)
    except KeyError:  # It reads what is gone: the segment is broken, and says so.
        return frozenset()
