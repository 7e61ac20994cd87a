"""The plan of the run before, with the rows of its leaves: made anew only when something that it was made of changed.

Reading and checking hundreds of rules takes longer than most refreshes; so does reading the rows of their leaves.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection

from segments import sets, upkeep
from segments.bitmaps import BitMap64
from segments.leaves import Condition, In, Recorded
from segments.models import Leaf, Segment
from segments.plan import EVERYBODY, Plan, Planned, register
from segments.world import World

# What of the rows makes a plan what it is.
_STAMP = """
SELECT (SELECT sum(hash_record_extended(ROW(id, slug, version, computed_version, state, error, rule), 0))
        FROM segments_segment WHERE state <> 'draft'),
       (SELECT array_agg(DISTINCT segment_id ORDER BY segment_id) FROM segments_override)"""


@dataclass
class Place:
    """A segment where it stands in the order of the plan; `asked` are the leaves whose flips concern it."""

    planned: Planned
    ids: dict[bytes, int]
    own: int
    asked: frozenset[int]
    recorded: dict[int, Recorded]


@dataclass
class Standing:
    """The plan by the ids of leaves. `places` are in the order of the plan; `concerned` has by leaf where in them."""

    plan: Plan
    rows: dict[int, Leaf]
    leaves: dict[int, Condition]
    everybody: int
    own: dict[str, int] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    concerned: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    # By topic of changes, the leaves that read it.
    readers: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    watched: frozenset[str] = frozenset()

    @classmethod
    def of(cls, world: World) -> Standing:
        """Read every rule, register what is new, mark what is broken, retire what nobody asks."""
        segments = list(Segment.objects.exclude(state=Segment.State.DRAFT).order_by("pk"))
        plan = Plan.of(segments, world)
        rows = register(plan.leaves)
        upkeep.mark_broken(plan, segments, rows)
        upkeep.retire(plan)
        ids = {digest: row.pk for digest, row in rows.items()}
        standing = cls(
            plan=plan,
            rows={row.pk: row for row in rows.values()},
            leaves={ids[digest]: leaf for digest, leaf in plan.leaves.items()},
            everybody=ids[EVERYBODY.digest],
            watched=frozenset(plan.watched),
        )
        for planned in plan.planned:
            standing._place(planned, ids)
        for pk, leaf in standing.leaves.items():
            if isinstance(leaf, In):
                standing.own[leaf.segment] = pk
            for topic in leaf.reads(world):
                standing.readers[topic].append(pk)
        return standing

    def _place(self, planned: Planned, ids: dict[bytes, int]) -> None:
        own = {digest: ids[digest] for digest in planned.leaves}
        asked = frozenset({*own.values(), self.everybody} if planned.complement else own.values())
        recorded = {ids[leaf.digest]: leaf for leaf in planned.recorded}
        for pk in asked:
            self.concerned[pk].append(len(self.places))
        self.places.append(Place(planned, own, ids[planned.own.digest], asked, recorded))

    def reading(self, changes: dict[str, BitMap64]) -> dict[int, BitMap64]:
        """By leaf that reads one of these topics: the people about whom it may have to change its mind."""
        people: dict[int, BitMap64] = {}
        for topic, some in changes.items():
            for pk in self.readers.get(topic, ()):
                people[pk] = people[pk] | some if pk in people else some
        return people


class Memory:
    """The standing of this process, while it holds."""

    def __init__(self) -> None:
        self._standing: Standing | None = None
        self._stamp: object = None

    def current(self, world: World) -> Standing:
        """The standing as of this snapshot, within the refresher's lock."""
        others_wrote = sets.kept.catch_up()
        stamp = (sets.kept.life, _stamp(), _names(world))
        if self._standing is None or others_wrote or stamp != self._stamp:
            self._standing = Standing.of(world)
            # Marking and retiring have changed what it was made of.
            self._stamp = (sets.kept.life, _stamp(), _names(world))
        return self._standing

    def forget(self) -> None:
        """Make it anew next time."""
        self._standing = None


def _stamp() -> object:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return cursor.fetchone()


def _names(world: World) -> object:
    attributes = [
        (known.key, known.type, known.topic, known.always, known.history is None) for known in world.attributes.values()
    ]
    return attributes, world.events


# Of this process, like the sets.
kept = Memory()
