"""What happened to everybody or to one person, newest first, page by page along an index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

# A rare source over all time is found by no index: such a search gives up rather than holding the database.
PATIENCE_MS = 5_000

_CHOSEN = """
       (%(source)s::bigint IS NULL OR e.source_id = %(source)s)
   AND e.occurred_at >= coalesce(%(since)s::timestamptz, '-infinity')
   AND e.occurred_at < coalesce(%(until)s::timestamptz, 'infinity')
   AND e.occurred_at <= coalesce(%(at)s::timestamptz, 'infinity')
   AND (%(at)s::timestamptz IS NULL
        OR (e.occurred_at, e.profile_id, e.message_id) < (%(at)s, %(behind)s, %(message)s::uuid))
"""
_COLUMNS = "e.message_id, e.profile_id, t.name, e.occurred_at, e.value, e.source_id, e.properties"
_ORDER = "ORDER BY e.occurred_at DESC, e.profile_id DESC, e.message_id DESC LIMIT %(limit)s"
_OF_ONE = f"""
    SELECT {_COLUMNS} FROM profiles_event e JOIN profiles_eventtype t ON t.id = e.name_id
    WHERE e.profile_id = %(profile)s AND (%(name)s::text IS NULL OR t.name = %(name)s) AND {_CHOSEN} {_ORDER}
"""  # noqa: S608  put together of constants
# There is an index by name and time, and none by time alone: the newest of each name are read from it and merged.
_OF_ALL = f"""
    SELECT {_COLUMNS} FROM profiles_eventtype t CROSS JOIN LATERAL (
        SELECT * FROM profiles_event e WHERE e.name_id = t.id AND {_CHOSEN} {_ORDER}) e
    WHERE (%(name)s::text IS NULL OR t.name = %(name)s) {_ORDER}
"""  # noqa: S608  put together of constants
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A UUID in two halves of a position: cursors are made of whole numbers below 10^18, so three parts of 43 bits.
_BITS = 43
_PART = (1 << _BITS) - 1


class TooMuchError(Exception):
    """The search would take longer than PATIENCE_MS: it has to be narrowed."""


@dataclass(frozen=True)
class Happened:
    """An event. `value` is in minor units of the project's currency."""

    id: UUID
    profile: int
    name: str
    occurred_at: datetime
    value: int | None
    source: int
    properties: dict[str, Any]


@dataclass(frozen=True)
class EventFeed:
    """Events, newest first, narrowed by whatever is not None: `since` is included, `until` is not."""

    profile: int | None = None
    name: str | None = None
    source: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    width = 5

    def after(self, position: Sequence[int] | None, limit: int) -> list[Happened]:
        """The first `limit` events behind (before) that position. One query; raises TooMuchError."""
        at, behind, message = _place(position) if position else (None, None, None)
        bounds = {"at": at, "behind": behind, "message": message, "limit": limit}
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
                cursor.execute(_OF_ALL if self.profile is None else _OF_ONE, vars(self) | bounds)
                rows = cursor.fetchall()
        except OperationalError as error:
            raise TooMuchError from error
        return [Happened(*(*row[:-1], json.loads(row[-1]))) for row in rows]

    def position(self, event: Happened) -> tuple[int, ...]:
        """Where an event stands: microseconds since 1970, the person, and the UUID in three parts."""
        number = event.id.int
        parts = (number >> 2 * _BITS, number >> _BITS & _PART, number & _PART)
        return ((event.occurred_at - _EPOCH) // timedelta(microseconds=1), event.profile, *parts)


def _place(position: Sequence[int]) -> tuple[datetime, int, UUID]:
    """The place that a position names; one that somebody made up names some other place."""
    micros, profile, *parts = position
    high, middle, low = (part & _PART for part in parts)
    number = (high << 2 * _BITS | middle << _BITS | low) % (1 << 128)
    # Positions are below 10^18 microseconds: that is the year 33658, which Python does not know.
    at = _EPOCH + timedelta(microseconds=min(micros, _LATEST))
    return at, profile, UUID(int=number)


_LATEST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
