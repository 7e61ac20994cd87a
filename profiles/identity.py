"""Who is it? Each message finds its person, or makes one, or turns out to join several.

Everything happens in memory, message by message, on what registry.py has read: the outcome is that of
applying them one by one, however they are batched. Nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, Final

from django.utils.translation import gettext_noop

from profiles.messages import Message
from profiles.models import IdentifierType, Source
from profiles.standardise import standardiser

MOST_MERGES: Final = 100
MERGES_WITHIN: Final = timedelta(hours=1)
MOST_IDENTIFIERS: Final = 1_000
TOO_MANY_MERGES: Final = gettext_noop("more than 100 merges within an hour")
TOO_MANY_IDENTIFIERS: Final = gettext_noop("more than 1,000 identifiers of one person")
# Every pair among the first few identifiers of a message is kept as an edge; the rest is tied to the first.
_PAIRED: Final = 6
# People made in this batch have no id yet; they are younger than everybody who has one.
_YOUNG: Final = 1 << 62


@dataclass(eq=False, slots=True)
class Kind:
    """An identifier type, with what resolving asks of it at hand."""

    name: str
    rank: int
    limit: int | None
    window: timedelta | None
    movable: bool
    # The value as it is compared, given the value and a country; None: it identifies nobody.
    standardised: Callable[[str, str], str | None]

    @classmethod
    def read(cls, row: IdentifierType) -> Kind:
        """A unique, immutable type is one of which a person has one for ever."""
        days = None if row.unique else row.window_days
        window = timedelta(days=days) if days else None
        return cls(row.name, row.rank, 1 if row.unique else row.limit, window, row.movable, standardiser(row))


@dataclass(eq=False, slots=True)
class Mark:
    """An identifier: of whom it is now, since when. `id` is None until it is saved, `person` while it is nobody's."""

    kind: Kind
    value: str
    raw: str = ""
    id: int | None = None
    person: Person | None = None
    since: datetime | None = None
    first_seen: datetime | None = None
    frozen: bool = False
    # Set when it is frozen in this batch.
    frozen_at: datetime | None = None
    frozen_reason: str = ""
    # When people were merged through it lately.
    merges: list[datetime] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Person:
    """A profile. `age` orders people, the oldest first; `into` is who it was merged into.

    `marks` are its identifiers by type: complete for whoever this batch might change, and empty for the others.
    `created_at` is set for those made in this batch.
    """

    age: int
    id: int | None = None
    created_at: datetime | None = None
    into: Person | None = None
    marks: dict[str, list[Mark]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many identifiers it has."""
        return sum(map(len, self.marks.values()))

    @property
    def known(self) -> bool:
        """More than a visitor: it has an identifier that does not belong to a device."""
        return any(marks and not marks[0].kind.movable for marks in self.marks.values())

    @property
    def root(self) -> Person:
        """Who it is now, after merges."""
        person = self
        while person.into is not None:
            person = person.into
        return person

    def count(self, kind: Kind, at: datetime) -> int:
        """How many identifiers of a kind count against its limit at a time."""
        marks = self.marks.get(kind.name, ())
        if kind.window is None:
            return len(marks)
        start = at - kind.window
        return sum(1 for mark in marks if mark.first_seen is None or mark.first_seen > start)


@dataclass(eq=False, slots=True)
class Usable:
    """A message that can be applied: its identifiers, the most trusted first, at least one, and the traits it says."""

    message: Message
    marks: tuple[Mark, ...]
    said: Mapping[str, Any]


@dataclass(eq=False, slots=True)
class Placed:
    """A message, whose it is, and the identifier that said so. `person` may have been merged since: see Person.root."""

    message: Message
    person: Person
    mark: Mark
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Joined:
    """`absorbed` became `survivor` through an identifier, just before the message `placed[before]`."""

    before: int
    survivor: Person
    absorbed: Person
    mark: Mark
    message: Message


class Resolver:
    """Places messages in their order, and collects what that changes: people, owners, edges, merges."""

    def __init__(self, kinds: Iterable[Kind], never: Sequence[tuple[Mark, Mark]]) -> None:
        self.placed: list[Placed] = []
        self.created: list[Person] = []
        self.joined: list[Joined] = []
        self.edges: dict[tuple[Mark, Mark], Message] = {}
        # Identifiers that are new, moved or frozen.
        self.changed: dict[Mark, None] = {}
        # (whose, what, since): [until, by which message]
        self.assignments: dict[tuple[Person, Mark, datetime], list[object]] = {}
        self._limited = [kind for kind in kinds if kind.limit is not None]
        self._never = never
        self._met: set[tuple[Mark, ...]] = set()

    def place(self, each: Usable) -> None:
        """Find the person of a message."""
        message, marks = each.message, each.marks
        person = marks[0].person
        if person is None or any(mark.person is not person for mark in marks):
            person, marks = self._settle(message, marks)
        if len(marks) > 1 and marks not in self._met:
            self._meet(message, marks)
        self.placed.append(Placed(message, person, marks[0], each.said))

    def _settle(self, message: Message, marks: tuple[Mark, ...]) -> tuple[Person, tuple[Mark, ...]]:
        """Create, attach or merge. Gives the person, and the identifiers that are theirs."""
        kept = [mark for mark in marks if not mark.frozen] or [marks[0]]
        off: list[Mark] = []
        # "When the merge would break a limit, take the lowest-ranked identifier off the message and look again."
        while len(kept) > 1:
            owners, fresh = _owners(kept), [mark for mark in kept if mark.person is None]
            if self._breaks(message, owners, fresh):
                off.append(kept.pop())
            elif owners and (reason := _exhausted(message, owners, fresh, _hub(kept, owners))):
                kept.remove(self._freeze(_hub(kept, owners), reason, message))
            else:
                break
        person = self._join(message, kept) or self._create(message)
        for mark in kept:
            if mark.person is None:
                self._assign(mark, person, message)
        # What breaks nothing by itself is theirs after all, and a device follows whoever used it last.
        for mark in reversed(off):
            if self._may_follow(mark, person, message):
                self._assign(mark, person, message)
                kept.append(mark)
        return person, tuple(kept)

    def _breaks(self, message: Message, owners: Sequence[Person], fresh: Sequence[Mark]) -> bool:
        """Would it break a limit, or somebody's word, if all these were one person?"""
        if len(owners) > 1:
            if message.source.kind == Source.Kind.BROWSER and sum(owner.known for owner in owners) > 1:
                return True
            if any(a.person is not b.person and {a.person, b.person} <= {*owners} for a, b in self._never):
                return True
        for kind in self._limited:
            held = [owner.count(kind, message.occurred_at) for owner in owners]
            together = sum(held) + sum(1 for mark in fresh if mark.kind is kind)
            # Who is above a limit already (it was lowered since) may stay so, but gains no more.
            if kind.limit is not None and together > kind.limit and together > max(held, default=0):
                return True
        return False

    def _may_follow(self, mark: Mark, person: Person, message: Message) -> bool:
        if mark.person is person or person.size >= MOST_IDENTIFIERS or self._breaks(message, [person], [mark]):
            return False
        if mark.person is None:
            return True
        told_apart = any(
            (a is mark and b.person is person) or (b is mark and a.person is person) for a, b in self._never
        )
        # A late message does not take a device back from who used it after.
        late = mark.since is not None and message.occurred_at < mark.since
        return mark.kind.movable and not told_apart and not late

    def _join(self, message: Message, kept: Sequence[Mark]) -> Person | None:
        """The owner of these, merging several into the oldest; None when they are nobody's."""
        owners = _owners(kept)
        if not owners:
            return None
        survivor, *others = owners
        hub = _hub(kept, owners)
        for absorbed in others:
            for marks in list(absorbed.marks.values()):
                for mark in list(marks):
                    self._assign(mark, survivor, message)
            absorbed.into = survivor
            hub.merges.append(message.received_at)
            self.joined.append(Joined(len(self.placed), survivor, absorbed, hub, message))
        return survivor

    def _create(self, message: Message) -> Person:
        person = Person(age=_YOUNG + len(self.created), created_at=message.received_at)
        self.created.append(person)
        return person

    def _assign(self, mark: Mark, person: Person, message: Message) -> None:
        at = message.occurred_at
        if mark.person is None:
            mark.first_seen, mark.raw = at, _as_received(mark, message)
        else:
            since = mark.since or mark.first_seen or at
            at = max(at, since)
            self.assignments.setdefault((mark.person, mark, since), [None, None])[0] = at
            mark.person.marks[mark.kind.name].remove(mark)
        mark.person, mark.since = person, at
        person.marks.setdefault(mark.kind.name, []).append(mark)
        # A device that goes back and forth in one instant opens the same row again.
        self.assignments.setdefault((person, mark, at), [None, message.id])[0] = None
        self.changed[mark] = None

    def _freeze(self, mark: Mark, reason: str, message: Message) -> Mark:
        mark.frozen, mark.frozen_at, mark.frozen_reason = True, message.received_at, reason
        self.changed[mark] = None
        return mark

    def _meet(self, message: Message, marks: tuple[Mark, ...]) -> None:
        self._met.add(marks)
        for pair in (*combinations(marks[:_PAIRED], 2), *((marks[0], mark) for mark in marks[_PAIRED:])):
            self.edges.setdefault(pair, message)


def _owners(marks: Iterable[Mark]) -> list[Person]:
    """Whose these are, the oldest first."""
    return sorted({mark.person for mark in marks if mark.person is not None}, key=lambda person: person.age)


def _as_received(mark: Mark, message: Message) -> str:
    """An identifier as this message writes it."""
    written = [raw for kind, raw in message.identifiers if kind == mark.kind.name]
    if len(written) == 1:
        return written[0]
    return next(raw for raw in written if mark.kind.standardised(raw, message.source.country) == mark.value)


def _hub(kept: Sequence[Mark], owners: Sequence[Person]) -> Mark:
    """The identifier through which others join: the most trusted one of the person who has the most identifiers."""
    largest = max(owners, key=lambda owner: (owner.size, -owner.age))
    return next(mark for mark in kept if mark.person is largest)


def _exhausted(message: Message, owners: Sequence[Person], fresh: Sequence[Mark], hub: Mark) -> str:
    """Why `hub` must be frozen before all these become one person, or nothing."""
    joins = len(owners) - 1
    if (joins or fresh) and sum(owner.size for owner in owners) + len(fresh) > MOST_IDENTIFIERS:
        return TOO_MANY_IDENTIFIERS
    start = message.received_at - MERGES_WITHIN
    if joins and sum(1 for at in hub.merges if at > start) + joins > MOST_MERGES:
        return TOO_MANY_MERGES
    return ""
