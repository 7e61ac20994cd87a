"""The sets that are kept: one per leaf, in the database as a base and the flips since, in memory as a bitmap.

There is one refresher at a time, in whichever process; each process keeps what it read and catches up with
the flips that others wrote.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from segments.bitmaps import BitMap64, read
from segments.models import Leaf, LeafFlip

# A leaf is written anew after so many flips: until then, appending them is cheaper by far.
FOLD_AFTER = 200


@dataclass
class Flip:
    """Who began to satisfy a leaf, and who ceased to."""

    entered: BitMap64
    left: BitMap64

    def __bool__(self) -> bool:
        return bool(self.entered) or bool(self.left)

    @property
    def people(self) -> BitMap64:
        """Everybody who flipped."""
        return self.entered | self.left


@dataclass
class _Kept:
    members: BitMap64
    folded: int
    flips: int


class Sets:
    """The sets in the memory of this process. `forget` after any failure: a rolled-back flip must not stay."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._upto = 0

    def load(self, wanted: Iterable[int]) -> dict[int, BitMap64]:
        """The sets of these leaves (ids), up to date."""
        ids = list(wanted)
        bases = dict(Leaf.objects.filter(pk__in=ids).values_list("pk", "folded"))
        stale = [pk for pk in ids if pk not in self._kept or self._kept[pk].folded != bases[pk]]
        upto = LeafFlip.objects.aggregate(last=Max("id"))["last"] or 0
        if upto > self._upto:
            known = set(ids) - set(stale)
            self._apply(LeafFlip.objects.filter(id__gt=self._upto, leaf_id__in=known))
        for pk, members in Leaf.objects.filter(pk__in=stale).values_list("pk", "members"):
            self._kept[pk] = _Kept(read(members), bases[pk], 0)
        self._apply(LeafFlip.objects.filter(leaf_id__in=stale))
        # What was not asked for now would miss the flips that are skipped here.
        self._kept = {pk: self._kept[pk] for pk in ids}
        self._upto = max(upto, self._upto)
        return {pk: kept.members for pk, kept in self._kept.items()}

    def _apply(self, flips: Iterable[LeafFlip]) -> None:
        for flip in sorted(flips, key=lambda flip: flip.pk):
            kept = self._kept[flip.leaf_id]
            kept.members |= read(flip.entered)
            kept.members -= read(flip.left)
            kept.flips += 1

    def flip(self, flips: dict[int, Flip]) -> None:
        """Append what flipped, and fold the leaves whose list has become long."""
        rows = LeafFlip.objects.bulk_create(
            LeafFlip(leaf_id=pk, entered=flip.entered.serialize(), left=flip.left.serialize())
            for pk, flip in flips.items()
            if flip
        )
        for row in rows:
            kept, flip = self._kept[row.leaf_id], flips[row.leaf_id]
            kept.members |= flip.entered
            kept.members -= flip.left
            kept.flips += 1
            self._upto = row.pk
            if kept.flips > FOLD_AFTER:
                self.replace({row.leaf_id: kept.members})

    def replace(self, computed: dict[int, BitMap64]) -> None:
        """Write whole sets: those computed from scratch, and those folded."""
        if not computed:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('segments_leafflip_id_seq')")
            (folded,) = cursor.fetchone()
        for pk, members in computed.items():
            Leaf.objects.filter(pk=pk).update(members=members.serialize(), folded=folded, size=len(members))
            self._kept[pk] = _Kept(members, folded, 0)
        LeafFlip.objects.filter(leaf_id__in=list(computed)).delete()

    def forget(self) -> None:
        """Read everything anew next time."""
        self.__init__()  # type: ignore[misc]  # the constructor is the empty state


# Of this process: the refresher's memory.
kept = Sets()
