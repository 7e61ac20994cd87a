"""The sets that are kept: one per leaf, in the database as a base and the flips since, in memory as a bitmap.

There is one refresher at a time, in whichever process; each process keeps what it read lately and catches up with
the flips that others wrote. However many leaves there are, it remembers no more than BUDGET.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from profiles import database
from segments.bitmaps import BitMap64, read
from segments.models import Leaf, LeafFlip

# A leaf is written anew after so many flips: until then, appending them is cheaper by far.
FOLD_AFTER = 200
# Sets that are changed at once, while the budget waits.
AT_ONCE = 64
# Leaves that began together become due together, and each is written as large as it is: so many a run.
FOLDS_AT_ONCE = 8
# Bytes of sets in memory between runs: a thousand of 500,000 people each, or many more of fewer.
BUDGET = 64 << 20


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
    # In bytes, not less than it takes: who left is still in it.
    size: int


class Sets:
    """The sets in the memory of this process. `forget` after any failure: a rolled-back flip must not stay."""

    def __init__(self) -> None:
        # In the order of their last use.
        self._kept: dict[int, _Kept] = {}
        self._bytes = 0
        # Everything written up to this number is in what is kept; flips and folds are numbered by one sequence.
        self._upto = 0
        # Until `forget`: who remembers something beside these sets forgets it then too.
        self.life = object()

    def __getitem__(self, leaf: int) -> BitMap64:
        """The set of a leaf (id), up to date since the last `catch_up`. Not to be changed."""
        if leaf not in self._kept:
            self._read([leaf])
        kept = self._kept[leaf] = self._kept.pop(leaf)
        return kept.members

    def load(self, wanted: Iterable[int]) -> dict[int, BitMap64]:
        """The sets of these leaves (ids), up to date."""
        self.catch_up()
        return self.fetch(wanted)

    def fetch(self, wanted: Iterable[int]) -> dict[int, BitMap64]:
        """The same, up to date since the last `catch_up`: what is missing is read at once."""
        ids = list(wanted)
        self._read([pk for pk in ids if pk not in self._kept])
        return {pk: self[pk] for pk in ids}

    def catch_up(self) -> bool:
        """Take over what others wrote; whether they did."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM segments_leafflip_id_seq")
            (written,) = cursor.fetchone()
        if written == self._upto:
            return False
        bases = dict(Leaf.objects.filter(pk__in=list(self._kept)).values_list("pk", "folded"))
        for pk in [pk for pk, kept in self._kept.items() if bases.get(pk) != kept.folded]:
            self._let_go(pk)
        self._apply(LeafFlip.objects.filter(id__gt=self._upto, leaf_id__in=list(self._kept)))
        self._upto = written
        return True

    def _read(self, missing: list[int]) -> None:
        if not missing:
            return
        for pk, members, folded in Leaf.objects.filter(pk__in=missing).values_list("pk", "members", "folded"):
            self._keep(pk, _Kept(read(members), folded, 0, len(members or b"")))
        self._apply(LeafFlip.objects.filter(leaf_id__in=missing))

    def _apply(self, flips: Iterable[LeafFlip]) -> None:
        for flip in sorted(flips, key=lambda flip: flip.pk):
            self._change(flip.leaf_id, Flip(read(flip.entered), read(flip.left)))

    def _change(self, leaf: int, flip: Flip) -> None:
        kept = self._kept[leaf]
        kept.members |= flip.entered
        kept.members -= flip.left
        kept.flips += 1
        grown = len(flip.entered.serialize())
        kept.size += grown
        self._bytes += grown

    def flip(self, flips: dict[int, Flip]) -> None:
        """Append what flipped, and fold some of the leaves whose list has become long."""
        flips = {pk: flip for pk, flip in flips.items() if flip}
        if not flips:
            return
        for some in _parts(list(flips)):
            self.fetch(some)
            self._append({pk: flips[pk] for pk in some})
            self.trim()

    def _append(self, flips: dict[int, Flip]) -> None:
        with database.cursor() as cursor:
            numbers = database.new_ids(cursor, "segments_leafflip", len(flips))
            database.copy(
                cursor,
                'COPY segments_leafflip (id, leaf_id, entered, "left") FROM STDIN',
                (
                    f"{number}\t{pk}\t{_hex(flip.entered)}\t{_hex(flip.left)}\n"
                    for number, (pk, flip) in zip(numbers, flips.items(), strict=True)
                ),
            )
        self._upto = numbers[-1]
        for pk, flip in flips.items():
            self._change(pk, flip)
        long = sorted((pk for pk in flips if self._kept[pk].flips > FOLD_AFTER), key=lambda pk: -self._kept[pk].flips)
        self.replace({pk: self._kept[pk].members for pk in long[:FOLDS_AT_ONCE]})

    def replace(self, computed: dict[int, BitMap64]) -> None:
        """Write whole sets: those computed from scratch, and those folded."""
        if not computed:
            return
        folded = _next()
        for pk, members in computed.items():
            packed = members.serialize()
            Leaf.objects.filter(pk=pk).update(members=packed, folded=folded, size=len(members))
            self._keep(pk, _Kept(members, folded, 0, len(packed)))
        LeafFlip.objects.filter(leaf_id__in=list(computed)).delete()
        self._upto = folded

    def drop(self, leaves: list[int]) -> None:
        """Keep the sets of these leaves (ids) no longer."""
        for pk in leaves:
            self._let_go(pk)
        LeafFlip.objects.filter(leaf__in=leaves).delete()
        Leaf.objects.filter(pk__in=leaves).update(computed_at=None, members=None, size=0, folded=0)
        # For other processes: what they remember is not so any more.
        self._upto = _next()

    def trim(self) -> None:
        """Let go of what was used longest ago, above the budget."""
        while self._bytes > BUDGET:
            self._let_go(next(iter(self._kept)))

    def _keep(self, leaf: int, kept: _Kept) -> None:
        self._let_go(leaf)
        self._kept[leaf] = kept
        self._bytes += kept.size

    def _let_go(self, leaf: int) -> None:
        if leaf in self._kept:
            self._bytes -= self._kept.pop(leaf).size

    def forget(self) -> None:
        """Read everything anew next time."""
        self.__init__()  # type: ignore[misc]  # the constructor is the empty state


def _parts(leaves: list[int]) -> Iterator[list[int]]:
    return (leaves[at : at + AT_ONCE] for at in range(0, len(leaves), AT_ONCE))


def _hex(people: BitMap64) -> str:
    """As COPY reads it."""
    return r"\\x" + people.serialize().hex()


def _next() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('segments_leafflip_id_seq')")
        number: int = cursor.fetchone()[0]
        return number


# Of this process: the refresher's memory.
kept = Sets()
