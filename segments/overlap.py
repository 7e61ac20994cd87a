"""How segments overlap: for each combination of them, how many people are in exactly these.

Set operations over the sets that are kept: nobody's events are asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from segments.bitmaps import BitMap64
from segments.leaves import In
from segments.models import Leaf, Segment
from segments.sets import Sets

LEAST, MOST = 2, 5


@dataclass(frozen=True)
class Region:
    """People who are in the `marked` ones of the compared segments, and in none of the others."""

    segments: tuple[Segment, ...]
    marked: tuple[bool, ...]
    size: int

    @property
    def key(self) -> str:
        """Which ones: "101" is the first and the third of three."""
        return "".join("1" if mark else "0" for mark in self.marked)

    @property
    def inside(self) -> list[Segment]:
        """The segments that they are in."""
        return [segment for segment, mark in zip(self.segments, self.marked, strict=True) if mark]

    @property
    def outside(self) -> list[Segment]:
        """The segments that they are not in."""
        return [segment for segment, mark in zip(self.segments, self.marked, strict=True) if not mark]

    @property
    def rule(self) -> dict[str, Any]:
        """The rule of exactly these people."""
        conditions: list[dict[str, Any]] = [{"in": {"segment": segment.slug}} for segment in self.inside]
        if self.outside:
            conditions.append({"none": [{"in": {"segment": segment.slug}} for segment in self.outside]})
        return {"all": conditions}


@dataclass(frozen=True)
class Overlap:
    """`regions` by size, the largest first; `together` is how many are in any of the segments.

    `shared[row][column]`: how many of the row's people are in the column's segment too.
    """

    segments: tuple[Segment, ...]
    regions: tuple[Region, ...]
    together: int
    shared: tuple[tuple[int, ...], ...]

    @property
    def sizes(self) -> dict[str, int]:
        """By Region.key."""
        return {region.key: region.size for region in self.regions}


def overlap(segments: Sequence[Segment]) -> Overlap:
    """Compare from LEAST to MOST segments that have been computed."""
    sets = _members(segments)
    combinations = [tuple(bool(chosen >> at & 1) for at in range(len(sets))) for chosen in range(1, 2 ** len(sets))]
    regions = [Region(tuple(segments), marked, len(_people(sets, marked))) for marked in combinations]
    return Overlap(
        segments=tuple(segments),
        regions=tuple(sorted(regions, key=lambda region: (-region.size, sum(region.marked), region.key))),
        together=len(reduce(BitMap64.__or__, sets)),
        shared=tuple(tuple(len(row & column) for column in sets) for row in sets),
    )


def _people(sets: Sequence[BitMap64], marked: Sequence[bool]) -> BitMap64:
    inside = [people for people, mark in zip(sets, marked, strict=True) if mark]
    outside = [people for people, mark in zip(sets, marked, strict=True) if not mark]
    # Never in place: what is kept belongs to everybody.
    return reduce(BitMap64.__sub__, outside, reduce(BitMap64.__and__, inside))


def _members(segments: Sequence[Segment]) -> list[BitMap64]:
    digests = [In(segment.slug).digest for segment in segments]
    rows = Leaf.objects.filter(digest__in=digests, computed_at__isnull=False).values_list("digest", "pk")
    ids = {bytes(digest): pk for digest, pk in rows}
    sets = Sets().load(ids.values())
    return [sets[ids[digest]] if digest in ids else BitMap64() for digest in digests]
