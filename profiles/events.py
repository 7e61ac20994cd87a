"""What happened: events by COPY, and per person the first, the last and how many, once per batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from profiles import partitions
from profiles.database import Cursor, copy, write
from profiles.identity import Placed
from profiles.revenue import minor_units

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Stat:
    first: datetime
    last: datetime
    events: int = 0


def store(cursor: Cursor, placed: Sequence[Placed], types: Mapping[str, int]) -> set[tuple[int, str]]:
    """Write the events among these messages. Gives who did what: (profile id, event name)."""
    events = [each for each in placed if each.message.name is not None]
    if not events:
        return set()
    months = {(at.year, at.month) for at in map(_at, events)}
    partitions.ensure(partitions.month_at(year, month) for year, month in months)
    copy(cursor, _COPY, (_line(each, types) for each in events))
    write(cursor, _STATS, _stats(events))
    return {(_whose(each), each.message.name or "") for each in events}


def _line(each: Placed, types: Mapping[str, int]) -> str:
    message, name = each.message, each.message.name or ""
    value, context = minor_units(name, message.properties), message.context_id
    # JSON escapes control characters itself; COPY wants its backslashes twice.
    properties = _encode(message.properties).decode().replace("\\", "\\\\")
    return (
        f"{_whose(each)}\t{_at(each).isoformat()}\t{message.id.hex}\t{types[name]}\t{_NULL if value is None else value}"
        f"\t{each.mark.id}\t{message.source.id}\t{_NULL if context is None else context}\t{properties}\n"
    )


def _stats(events: Iterable[Placed]) -> list[tuple[int, datetime, datetime, int]]:
    """(profile id, first, last, how many), in the order of ids."""
    stats: dict[int, _Stat] = {}
    for each in events:
        profile_id, at = _whose(each), _at(each)
        stat = stats.get(profile_id)
        if stat is None:
            stat = stats[profile_id] = _Stat(at, at)
        elif at > stat.last:
            stat.last = at
        elif at < stat.first:
            stat.first = at
        stat.events += 1
    return [(id_, stat.first, stat.last, stat.events) for id_, stat in sorted(stats.items())]


def _whose(each: Placed) -> int:
    return each.person.root.id or 0


def _at(each: Placed) -> datetime:
    at = each.message.occurred_at
    return at if at.tzinfo is UTC else at.astimezone(UTC)


_NULL = "\\N"
_COPY = """
    COPY profiles_event
        (profile_id, occurred_at, message_id, name_id, value, identifier_id, source_id, context_id, properties)
    FROM STDIN"""
_STATS = """
    INSERT INTO profiles_profilestat AS s (profile_id, first_seen, last_seen, events)
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[])
    ON CONFLICT (profile_id) DO UPDATE SET
        first_seen = LEAST(s.first_seen, EXCLUDED.first_seen),
        last_seen = GREATEST(s.last_seen, EXCLUDED.last_seen),
        events = s.events + EXCLUDED.events"""
