"""What happened: events by COPY, and per person the first, the last and how many, once per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    lines: list[str] = []
    stats: dict[int, _Stat] = {}
    done: set[tuple[int, str]] = set()
    months: set[tuple[int, int]] = set()
    for each in placed:
        message = each.message
        name = message.name
        if name is None:
            continue
        profile_id, at = each.person.root.id or 0, message.occurred_at
        if at.tzinfo is not UTC:
            at = at.astimezone(UTC)
        value = minor_units(name, message.properties)
        # JSON escapes control characters itself; COPY wants its backslashes twice.
        properties = _encode(message.properties).decode().replace("\\", "\\\\")
        lines.append(
            f"{profile_id}\t{at.isoformat()}\t{message.id.hex}\t{types[name]}\t{_NULL if value is None else value}"
            f"\t{each.mark.id}\t{message.source.id}\t{properties}\n"
        )
        months.add((at.year, at.month))
        done.add((profile_id, name))
        stat = stats.get(profile_id)
        if stat is None:
            stat = stats[profile_id] = _Stat(at, at)
        elif at > stat.last:
            stat.last = at
        elif at < stat.first:
            stat.first = at
        stat.events += 1
    if lines:
        partitions.ensure(partitions.month_at(year, month) for year, month in months)
        copy(cursor, _COPY, lines)
        write(cursor, _STATS, [(id_, stat.first, stat.last, stat.events) for id_, stat in sorted(stats.items())])
    return done


_NULL = "\\N"
_COPY = """
    COPY profiles_event
        (profile_id, occurred_at, message_id, name_id, value, identifier_id, source_id, properties)
    FROM STDIN"""
_STATS = """
    INSERT INTO profiles_profilestat AS s (profile_id, first_seen, last_seen, events)
    SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[])
    ON CONFLICT (profile_id) DO UPDATE SET
        first_seen = LEAST(s.first_seen, EXCLUDED.first_seen),
        last_seen = GREATEST(s.last_seen, EXCLUDED.last_seen),
        events = s.events + EXCLUDED.events"""
