"""What a rule would give, while it is being written: counts beside each condition, who enters, who leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from segments import rules
from segments.bitmaps import BitMap64
from segments.counting import Count, Counted, count, sets_of
from segments.leaves import Condition, In, Rule
from segments.leaves.forced import obeying
from segments.models import Override, Segment
from segments.notes import Note, Said
from segments.reasons import reasons
from segments.remarks import needed, notes
from segments.snapshot import snapshot
from segments.world import World

__all__ = ["Note", "Preview", "preview", "sets_of", "spread"]

SAMPLE = 8


@dataclass
class Preview:
    """`counts`, `sentences` and `took` (milliseconds, of conditions) by path ("" is the whole rule); `estimated` has
    the paths whose counts are of a sample. `sample` holds ids of people, `reasons` says why each of them is in.

    `total` is what the segment would have, people put in or kept out by hand considered. `enters` and `leaves` are of
    everybody; when `scale` is not 1, of a sample, of which each stands for so many. `asked`: the conditions that the
    database was asked for this, `at`: as of when the oldest answer is.
    """

    total: int
    everybody: int
    sentence: str
    at: datetime
    counts: dict[str, int]
    sentences: dict[str, str]
    sample: list[int]
    enters: BitMap64
    leaves: BitMap64
    scale: float = 1
    estimated: list[str] = field(default_factory=list)
    took: dict[str, int] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    asked: int = 0
    duration_ms: int = 0

    def size(self, people: BitMap64) -> int:
        """How many `enters` or `leaves` stand for."""
        return round(len(people) * self.scale)


def preview(rule: Any, segment: Segment | None = None, *, exact: bool = True, asker: str = "") -> Preview:
    """Compute a rule (JSON) over everybody. RuleError when it cannot be read, checked, or answered in time.

    Unless it is to be `exact`, what takes long is estimated. `asker` names who asks: another question of theirs ends
    this one with SupersededError.
    """
    started = time.perf_counter()
    tree, world = rules.parse(rule), World.now()
    rules.check(tree, world)
    with snapshot():
        overridden = _overridden(segment)
        counted = count(_needed(tree, segment, overridden), world, exact=exact, asker=asker)
        found = {path: counted.of(node) for path, node in rules.walk(tree)}
        total = counted.of_normal(_obeyed(tree, overridden))
        said = Said(tree, {path: each.people for path, each in found.items()}, counted, world)
        some = spread(total.people, SAMPLE)
        told = Preview(
            total=total.size,
            everybody=len(counted.everybody),
            sentence=rules.sentence(tree, world),
            at=counted.at,
            counts={path: each.size for path, each in found.items()},
            sentences={path: rules.sentence(node, world) for path, node in rules.walk(tree)},
            sample=some,
            **_moves(total, segment, counted),
            estimated=[path for path, each in found.items() if not each.exact],
            took={path: counted.took(node) for path, node in rules.walk(tree) if isinstance(node, Condition)},
            reasons=reasons(tree, some, said.members, counted.at, world),
            notes=notes(said),
            asked=counted.asked,
        )
    told.duration_ms = round((time.perf_counter() - started) * 1000)
    return told


def spread(people: BitMap64, count: int) -> list[int]:
    """So many people from the whole of a set, the same each time."""
    step = max(1, len(people) // count)
    return [people[at] for at in range(0, len(people), step)][:count]


def _needed(tree: Rule, segment: Segment | None, overridden: Segment | None) -> dict[bytes, Condition]:
    own: dict[bytes, Condition] = {}
    if segment and segment.version:
        member = In(segment.slug)
        own[member.digest] = member
    return {**own, **needed(tree), **rules.leaves(_obeyed(tree, overridden))}


def _overridden(segment: Segment | None) -> Segment | None:
    """The segment when there are people in or out of it by hand."""
    known = segment is not None and segment.version and Override.objects.filter(segment=segment).exists()
    return segment if known else None


def _obeyed(tree: Rule, overridden: Segment | None) -> Rule:
    normal = rules.normal(tree)
    return obeying(normal, overridden.slug) if overridden else normal


def _moves(total: Count, segment: Segment | None, counted: Counted) -> dict[str, Any]:
    """Who would enter and leave, and for how many each of them stands."""
    before = counted.sets[In(segment.slug).digest] if segment and segment.version else BitMap64()
    if not total.exact:
        before &= counted.sample
    scale = 1 if total.exact else len(counted.everybody) / len(counted.sample)
    return {"enters": total.people - before, "leaves": before - total.people, "scale": scale}
