"""What a condition is: four questions, side by side in one class.

Which people does it hold for (`ask`), who may have flipped because time passed (`edges`), what does it read
(`reads`), and what does it say in plain words (`sentence`). A class defined is a condition registered.

A condition as the marketer writes it may be negative ("is not", "never did"). `normal` gives it as groups over
positive conditions only: those are the *leaves*, of which equal ones exist once and have a set of people.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from hashlib import sha256
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg import sql

from segments.bitmaps import BitMap64
from segments.parts import Part
from segments.wishes import Wish
from segments.world import World

_registry: dict[str, type[Condition]] = {}

# A change of one of these concerns every leaf, whatever it reads.
MERGED = "profile:merged"
CREATED = "profile:created"
ANY_EVENT = "event:*"


def conditions() -> dict[str, type[Condition]]:
    """Every kind of condition by the key that begins its JSON."""
    return dict(_registry)


@dataclass(frozen=True)
class Span:
    """The people of every such event (None: of any) in (low, high]."""

    event: str | None
    low: datetime
    high: datetime


@dataclass(frozen=True)
class Condition:
    """One condition of a rule. `examples` are JSON values that parse, shown in the documentation.

    For the builder: what it is called, a `hint` of what it is for, the parts of its `form`, and the JSON it `starts`
    with. Without a label it is not offered; those that are `common` come first.
    """

    key: ClassVar[str] = ""
    label: ClassVar[str | Promise] = ""
    hint: ClassVar[str | Promise] = ""
    form: ClassVar[tuple[Part, ...]] = ()
    starts: ClassVar[dict[str, Any]] = {}
    common: ClassVar[bool] = False
    examples: ClassVar[tuple[dict[str, Any], ...]] = ()

    def __init_subclass__(cls) -> None:
        if cls.key:
            _registry[cls.key] = cls

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        """Read the JSON that follows the key; RuleError where it cannot be read."""
        raise TypeError(cls)

    def body(self) -> dict[str, Any]:
        """The canonical JSON that follows the key: the inverse of `parse`."""
        raise TypeError(self)

    def normal(self) -> Rule:
        """The same as groups over leaves; itself when it is a leaf already."""
        return self

    def check(self, world: World, path: str) -> None:
        """RuleError when a name in it means nothing now."""

    def asks(self) -> frozenset[str]:
        """The keys of the attributes whose values, now or once, it looks at."""
        return frozenset()

    def reads(self, world: World) -> frozenset[str]:
        """The topics of changes (profiles.Change) that may flip it."""
        raise TypeError(self)

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        """Who may flip because the time goes from `since` to `until`: spans of events, or queries of `profile_id`."""
        return []

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        """For each leaf of this class, whom it holds for at that time: of everybody, or among some. Total:
        a key without an answer means nobody."""
        raise TypeError(cls)

    @classmethod
    def ask_each(
        cls, leaves: dict[int, Any], at: datetime, people: Mapping[int, BitMap64], world: World
    ) -> dict[int, BitMap64]:
        """The same of each leaf among people of its own. Where reading is the cost, no more is read than these need."""
        among: BitMap64 = reduce(BitMap64.__or__, (people[key] for key in leaves), BitMap64())
        return {key: some & people[key] for key, some in cls.ask(leaves, at, among, world).items()}

    @classmethod
    def family(cls) -> type[Condition]:
        """The class that asks for this one and for others, where kinds of conditions share the work."""
        return cls

    def recalls(self, world: World) -> bool:
        """Can it be asked of a past moment (a World with `past`)? Of some values only the present is kept."""
        return True

    def sentence(self, world: World) -> str:
        """In plain words, in the reader's language."""
        raise TypeError(self)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        """What it looked at for one person, in words: "3 times", "FR"."""
        return ""

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        """When its answer for one person changes after `at` if nothing happens: the first such moments are among
        these. Asked of leaves.
        """
        return []

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        """What would make it hold for one person, or (not `wanted`) cease to; None when time alone does, or nothing.
        Asked of leaves for which it is not so.
        """
        text = _("“%(condition)s” begins to hold") if wanted else _("“%(condition)s” ceases to hold")
        return Wish(text % {"condition": self.sentence(world)})

    def unless(self, at: datetime, profile_id: int, world: World, before: bool) -> Wish | None:
        """What has to happen until `at`, when it is to change by itself, for it to stay as it was before."""
        return self.wish(at, profile_id, world, before)

    def would(self, wish: Wish, at: datetime, profile_id: int, world: World) -> bool | None:
        """What it would answer if this wish came true; None when that is not known to touch it. Asked of leaves."""
        return None

    @cached_property
    def digest(self) -> bytes:
        """Equal conditions have equal digests: SHA-256 of the canonical JSON."""
        return sha256(json.dumps(self.to_json(), sort_keys=True).encode()).digest()

    def to_json(self) -> dict[str, Any]:
        """The whole canonical JSON."""
        return {self.key: self.body()}


@dataclass(frozen=True)
class Group:
    """All, any or none of some rules hold."""

    kind: str
    rules: tuple[Rule, ...]

    def to_json(self) -> dict[str, Any]:
        """The canonical JSON."""
        return {self.kind: [rule.to_json() for rule in self.rules]}


Rule = Group | Condition


def none(*rules: Rule) -> Group:
    """The complement: everybody for whom none of these holds, the unknown included."""
    return Group("none", rules)
