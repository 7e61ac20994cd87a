"""Events that Kith derives itself: a visit, a score's move, a deal's move. Rules ask them like any other.

They are not counted as activity (ProfileStat): what we conclude about a person is nothing the person did.
A merge moves them with the other events of the absorbed; who derived them corrects them afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from profiles import changes, partitions
from profiles.database import cursor, write
from profiles.models import EventType, Source

VISIT_STARTED: Final = "Visit Started"
SCORE_CHANGED: Final = "Score Changed"
# Only Kith says these: a browser's key is public, and nobody is to become a hot lead by claiming so.
RESERVED: Final = frozenset({VISIT_STARTED, SCORE_CHANGED})
_encode = msgspec.json.Encoder().encode


class Derived(NamedTuple):
    """One event to write; `id` comes from `key`, so that deriving it again writes nothing."""

    profile_id: int
    occurred_at: datetime
    id: UUID
    name: str
    properties: dict[str, Any]
    value: int | None = None


class Written(NamedTuple):
    """An event written before, as far as it takes to withdraw it."""

    profile_id: int
    occurred_at: datetime
    id: UUID
    name: str


def key(kind: str, *parts: object) -> UUID:
    """The id of a derived event: equal parts, equal id."""
    return UUID(bytes=blake2b("\x1f".join([kind, *map(str, parts)]).encode(), digest_size=16).digest())


def source(name: str = "Kith") -> int:
    """The id of the house's own source of that name, which has no key; made when missing."""
    made, _new = Source.objects.get_or_create(name=name, defaults={"kind": Source.Kind.HOUSE, "precedence": 0})
    return made.pk


def put(source_id: int, events: Sequence[Derived], by: str = "") -> None:
    """Write them, in the caller's transaction; one that is there already stays as it is.

    `by`: the reader (see changes.note) that derived them, and need not be told.
    """
    if not events:
        return
    types = _types({event.name for event in events})
    times = [event.occurred_at.astimezone(UTC) for event in events]
    partitions.ensure({partitions.month_of(time) for time in times})
    with cursor() as db:
        write(
            db,
            _INSERT,
            [
                (
                    event.profile_id,
                    time,
                    event.id,
                    types[event.name],
                    event.value,
                    source_id,
                    _encode(event.properties).decode(),
                )
                for event, time in zip(events, times, strict=True)
            ],
        )
    changes.note(((event.profile_id, f"event:{event.name}") for event in events), by)


def withdraw(events: Iterable[Written | Derived], by: str = "") -> None:
    """Take back events that were derived, in the caller's transaction."""
    events = list(events)
    with cursor() as db:
        write(db, _DELETE, [(event.profile_id, event.occurred_at, event.id) for event in events])
    changes.note(((event.profile_id, f"event:{event.name}") for event in events), by)


def _types(names: set[str]) -> dict[str, int]:
    EventType.objects.bulk_create([EventType(name=name) for name in sorted(names)], ignore_conflicts=True)
    return dict(EventType.objects.filter(name__in=names).values_list("name", "pk"))


_INSERT = """
    INSERT INTO profiles_event
        (profile_id, occurred_at, message_id, name_id, value, identifier_id, source_id, properties)
    SELECT profile_id, occurred_at, id, name_id, value, NULL, source_id, properties::jsonb
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::uuid[], %s::smallint[], %s::bigint[], %s::bigint[], %s::text[])
        AS e(profile_id, occurred_at, id, name_id, value, source_id, properties)
    ON CONFLICT DO NOTHING"""
_DELETE = """
    DELETE FROM profiles_event e USING unnest(%s::bigint[], %s::timestamptz[], %s::uuid[]) AS gone(profile_id, at, id)
    WHERE e.profile_id = gone.profile_id AND e.occurred_at = gone.at AND e.message_id = gone.id"""
