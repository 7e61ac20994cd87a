"""The one shape in which everything that is said about a person comes in: from the web, a file or the CRM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What applying a message needs to know of its Source."""

    id: int
    kind: str
    country: str
    precedence: int


# A struct: of the frozen kinds of class the one that is made in no time, and a batch makes thousands.
class Message(Struct, frozen=True):
    """One thing said, decoded and checked for shape; times are UTC, `occurred_at` is never after `received_at`.

    `name` is the event's name, or None where nothing happened (identify, group, alias).
    `identifiers` are (type, value as received), not yet normalised. `traits` are the person's, but
    the account's where `type` is "group". `payload` is the message as it came, for the quarantine.
    `context_id` is kept with the event: it names its circumstances, for whoever keeps those.
    """

    id: UUID
    source: SourceFacts
    type: str
    occurred_at: datetime
    received_at: datetime
    name: str | None
    identifiers: tuple[tuple[str, str], ...]
    properties: dict[str, Any]
    traits: dict[str, Any]
    group: str | None
    payload: bytes
    context_id: int | None = None


def message_key(source_id: int, message_id: str) -> UUID:
    """The id under which a (source, messageId) is stored once; messageId may be any string."""
    digest = blake2b(f"{source_id}:{message_id}".encode("utf-8", "surrogatepass"), digest_size=16)
    return UUID(bytes=digest.digest())
