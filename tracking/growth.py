"""The visit that goes on, which is what nearly every event is about: it grows where it stands, unread.

One statement for all of them. A visit grows when it is the last of its stream, was active less than the gap ago, on the
same day, and no other campaign brought what is added. What finds no such visit is given back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from profiles.database import Cursor, array
from segments.windows import midnight, today
from tracking.cutting import Before, Hit, Policy, Stay, cut
from tracking.visit_rows import Stream


def grow(cursor: Cursor, streams: dict[Stream, list[Hit]], policy: Policy) -> dict[Stream, list[Hit]]:
    """Add these to the visits that go on; gives the streams whose hits are not of such a visit, or of several."""
    days: dict[Any, datetime] = {}
    rows = []
    for stream, hits in streams.items():
        arrival = next((hit.facts.arrival for hit in hits if hit.facts.arrival), 0)
        stays = cut(hits, policy, Before(hits[0].at, arrival))
        if len(stays) == 1:
            rows.append(_row(stream, stays[0], arrival, days))
    if not rows:
        return streams
    cursor.execute(_GROW, [array(column) for column in zip(*rows, strict=True)] + [policy.gap])
    grown = {Stream(*key) for key in cursor}
    return {stream: hits for stream, hits in streams.items() if stream not in grown}


def _row(stream: Stream, stay: Stay, arrival: int, days: dict[Any, datetime]) -> tuple[Any, ...]:
    at = stay.first.at
    # Quarters of an hour have their midnight in common: see segments.windows.
    quarter = int(at.timestamp()) // 900
    if quarter not in days:
        days[quarter] = midnight(today(at))
    return (
        *(*stream, days[quarter], at, stay.last.at, arrival),
        *(stay.events, stay.pages, stay.exit_page, stay.value, stay.converted),
    )


_GROW: Final = """
    UPDATE tracking_visit v SET
        ended_at = more.last_at,
        events = v.events + more.events,
        pages = v.pages + more.pages,
        exit_page = COALESCE(NULLIF(more.exit_page, ''), v.exit_page),
        value = v.value + more.value,
        converted = v.converted OR more.converted
    FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::bigint[], %s::int[], %s::int[], %s::text[], %s::bigint[], %s::boolean[])
        AS more(profile_id, source_id, bot, day, first_at, last_at, arrival, events, pages, exit_page, value, converted)
    WHERE v.profile_id = more.profile_id AND v.source_id = more.source_id AND v.bot = more.bot
        AND v.started_at >= more.day AND v.ended_at < more.first_at AND v.ended_at >= more.first_at - %s::interval
        AND more.arrival IN (0, v.arrival)
        -- The event of a visit says where it landed: it would have to be written again.
        AND (v.landing_page <> '' OR more.exit_page = '')
        AND NOT EXISTS (
            SELECT FROM tracking_visit other
            WHERE other.profile_id = v.profile_id AND other.source_id = v.source_id AND other.bot = v.bot
                AND other.started_at >= v.started_at AND other.event_id <> v.event_id)
    RETURNING v.profile_id, v.source_id, v.bot"""
