"""What applying records needs to know of the connection that they came through, and what it finds out on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.adapters import adapter
from connectors.adapters.base import Record
from connectors.mapping import Line, Plan
from connectors.models import Conflict, Connection, DeadLetter, Link
from connectors.naming import identifier_type
from profiles.attributes import Attribute
from profiles.messages import Message, SourceFacts, message_key


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record as it was at a time."""

    record: Record
    at: datetime


@dataclass
class Inflow:
    """Records of one object of one connection, applied together at `now`. `plans` are of all its objects."""

    connection: Connection
    plan: Plan
    plans: Mapping[str, Plan]
    now: datetime
    known: Mapping[str, Attribute]
    conflicts: list[Conflict] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    # (person, topic) that moved, for segments and scores.
    moved: set[tuple[int, str]] = field(default_factory=set)

    @property
    def kind(self) -> str:
        """The object's key."""
        return self.plan.object.key

    @cached_property
    def identifier_type(self) -> str:
        """Of the ids of these records."""
        return identifier_type(self.connection.slug, self.kind)

    @cached_property
    def source(self) -> SourceFacts:
        """Who says it."""
        source = self.connection.source
        return SourceFacts(source.pk, source.kind, source.country, source.precedence)

    @cached_property
    def companies(self) -> list[str]:
        """The objects that are companies."""
        return [each.key for each in adapter(self.connection.adapter).objects if each.kind == "company"]

    def type_of(self, line: Line) -> str:
        """The type of the trait that a line is; "" while nobody has said one."""
        known = self.known.get(line.local)
        return known.type if known else ""

    def message(
        self,
        arrived: Arrived,
        kind: str,
        identifiers: tuple[tuple[str, str], ...],
        traits: dict[str, Any],
        group: str | None = None,
    ) -> Message:
        """Something that the remote says, now. Said again later it is another message, whatever it says."""
        name = f"{self.kind}:{arrived.record.id}:{kind}:{group}:{arrived.at.isoformat()}"
        return Message(
            id=message_key(self.source.id, name), source=self.source, type=kind, occurred_at=self.now,
            received_at=self.now, name=None, identifiers=identifiers, properties={}, traits=traits, group=group,
            payload=b"",
        )  # fmt: skip

    def disagree(
        self, link: Link, reason: Conflict.Reason, kept: Conflict.Kept, *, field: str, ours: Any, theirs: Any
    ) -> None:
        """List a conflict."""
        self.conflicts.append(
            Conflict(
                link=link,
                profile_id=link.profile_id,
                field=field,
                reason=reason,
                ours=ours,
                theirs=theirs,
                kept=kept,
                at=self.now,
            )
        )
