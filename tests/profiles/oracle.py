"""The rules of identity and of winning traits once more, as naively as they can be said."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from profiles.messages import Message
from profiles.models import IdentifierType
from profiles.standardise import standardise

Key = tuple[str, str]


@dataclass(eq=False)
class Somebody:
    """A person: identifiers with when each was first seen, events, and everything that was said of them."""

    identifiers: dict[Key, datetime] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    said: list[tuple[datetime, str, Any, Message]] = field(default_factory=list)

    def winner(self, key: str) -> Any:
        """The latest word of each source; of these the most believed; of these the most recent."""
        latest = {}
        for at, _key, value, message in sorted((row for row in self.said if row[1] == key), key=lambda row: row[0]):
            latest[message.source.id] = (message.source.kind != "browser", message.source.precedence, at, value)
        return max(latest.values(), key=lambda row: row[:3])[3]


class World:
    """Everybody, the oldest first. Without caps: these are tested on their own."""

    def __init__(self) -> None:
        self.kinds = IdentifierType.objects.in_bulk()
        self.people: list[Somebody] = []
        self.since: dict[Key, datetime] = {}

    def apply(self, message: Message) -> None:
        """One message."""
        keys = []
        for name, raw in message.identifiers:
            kind = self.kinds.get(name)
            value = standardise(kind, raw, message.source.country) if kind else None
            if value and (name, value) not in keys:
                keys.append((name, value))
        keys.sort(key=lambda key: self.kinds[key[0]].rank)
        off: list[Key] = []
        while len(keys) > 1 and self.breaks(message, self.owners(keys), self.nobodys(keys)):
            off.insert(0, keys.pop())
        person = self.become_one(message, keys)
        for key in keys:
            self.attach(key, person, message)
        for key in off:
            [owner] = self.owners([key]) or [None]
            follows = owner is None or (self.kinds[key[0]].movable and message.occurred_at >= self.since[key])
            if owner is not person and follows and not self.breaks(message, [person], [key]):
                self.attach(key, person, message)
        if message.name:
            person.events.append(message.name)
        for key, value in message.traits.items():
            if value not in (None, ""):
                person.said.append((message.occurred_at, key, value, message))

    def owners(self, keys: list[Key]) -> list[Somebody]:
        """Whose these are, the oldest first."""
        return [person for person in self.people if any(key in person.identifiers for key in keys)]

    def nobodys(self, keys: list[Key]) -> list[Key]:
        """Those of nobody."""
        return [key for key in keys if not self.owners([key])]

    def breaks(self, message: Message, owners: list[Somebody], new: list[Key]) -> bool:
        """Would these as one person break a limit?"""
        known = [person for person in owners if any(not self.kinds[name].movable for name, _ in person.identifiers)]
        if message.source.kind == "browser" and len(known) > 1:
            return True
        for name, kind in self.kinds.items():
            limit = 1 if kind.unique else kind.limit
            if limit is None:
                continue
            held = [self.count(person, name, message.occurred_at) for person in owners]
            total = sum(held) + sum(1 for key in new if key[0] == name)
            if total > limit and total > max([0, *held]):
                return True
        return False

    def count(self, person: Somebody, name: str, at: datetime) -> int:
        """Identifiers of a type that count at a time."""
        kind = self.kinds[name]
        days = None if kind.unique else kind.window_days
        start = at - timedelta(days=days) if days else None
        return sum(1 for key, seen in person.identifiers.items() if key[0] == name and (start is None or seen > start))

    def become_one(self, message: Message, keys: list[Key]) -> Somebody:
        """The owner of these after merging into the oldest; somebody new if they are nobody's."""
        owners = self.owners(keys)
        if not owners:
            self.people.append(Somebody())
            return self.people[-1]
        for other in owners[1:]:
            for key in other.identifiers:
                self.since[key] = max(self.since[key], message.occurred_at)
            owners[0].identifiers |= other.identifiers
            owners[0].events += other.events
            owners[0].said += other.said
            self.people.remove(other)
        return owners[0]

    def attach(self, key: Key, person: Somebody, message: Message) -> None:
        """From now on it is theirs."""
        if key in person.identifiers:
            return
        first = message.occurred_at
        for owner in self.owners([key]):
            first = owner.identifiers.pop(key)
        person.identifiers[key] = first
        self.since[key] = max(self.since.get(key, message.occurred_at), message.occurred_at)
