"""The visit that goes on, which is what nearly every event is about: it grows where it stands, unread.

One statement for all of them. A visit grows when it is the last of its stream, was active less than the gap ago, on the
same day, and no other campaign brought what is added. What finds no such visit is given back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from profiles.database import Cursor, array
from segments.windows import midnight, today
from tracking import visit_rows
from tracking.cutting import Before, Hit, Policy, Stay, cut
from tracking.visit_rows import SELECTED, Stream


def grow(cursor: Cursor, streams: dict[Stream, list[Hit]], policy: Policy) -> dict[Stream, list[Hit]]:
    """Add these to the visits that go on; gives the streams whose hits are not of such a visit, or of several."""
    days: dict[int, int] = {}
    asked: list[Stream] = []
    rows = []
    for stream, hits in streams.items():
        arrival = next((hit.facts.arrival for hit in hits if hit.facts.arrival), 0)
        first = hits[0]
        stays = [_alone(first)] if len(hits) == 1 else cut(hits, policy, Before(first.at, arrival))
        if len(stays) == 1:
            stay = stays[0]
            began = _microseconds(first.at)
            quarter = began // _QUARTER
            if quarter not in days:
                days[quarter] = _microseconds(midnight(today(first.at)))
            ended = began if stay.last is first else _microseconds(stay.last.at)
            asked.append(stream)
            # Numbers as far as possible: they are quickly written and read.
            rows.append(
                (
                    *(stream.profile_id, stream.source_id, int(stream.bot), days[quarter], began, ended, arrival),
                    *(stay.events, stay.pages, stay.landing_page, stay.exit_page, stay.value, int(stay.converted)),
                )
            )
    if not rows:
        return streams
    columns = [*(array(column) for column in zip(*rows, strict=True)), policy.gap]
    cursor.execute(_GROW, columns)
    grown = {asked[number - 1] for (number,) in cursor}
    if len(grown) < len(asked):
        landed = visit_rows.read(cursor, _LAND, columns)
        grown |= {Stream(row.profile_id, row.source_id, row.bot) for row in landed}
        visit_rows.say_again([row for row in landed if not row.bot])
    return {stream: hits for stream, hits in streams.items() if stream not in grown}


def _alone(hit: Hit) -> Stay:
    stay = Stay("", hit, hit)
    stay.add(hit)
    return stay


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
# Quarters of an hour have their midnight in common: see segments.windows.
_QUARTER: Final = 900_000_000
_ADDED: Final = """
    WITH more AS MATERIALIZED (
        SELECT n, profile_id, source_id, bot = 1 AS bot, 'epoch'::timestamptz + day * tick AS day,
            'epoch'::timestamptz + first_at * tick AS first_at, 'epoch'::timestamptz + last_at * tick AS last_at,
            arrival, events, pages, landing_page, exit_page, value, converted = 1 AS converted
        FROM (SELECT interval '1 microsecond' AS tick) AS unit,
            unnest(%s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                %s::int[], %s::int[], %s::text[], %s::text[], %s::bigint[], %s::int[]) WITH ORDINALITY
            AS added(profile_id, source_id, bot, day, first_at, last_at, arrival, events, pages, landing_page,
                exit_page, value, converted, n)
    )
    UPDATE tracking_visit v SET
        ended_at = more.last_at,
        events = v.events + more.events,
        pages = v.pages + more.pages,
        exit_page = COALESCE(NULLIF(more.exit_page, ''), v.exit_page),
        value = v.value + more.value,
        converted = v.converted OR more.converted"""
_GOES_ON: Final = """
    FROM more
    WHERE v.profile_id = more.profile_id AND v.source_id = more.source_id AND v.bot = more.bot
        AND v.started_at >= more.day AND v.ended_at < more.first_at AND v.ended_at >= more.first_at - %s::interval
        AND more.arrival IN (0, v.arrival)
        -- When it is longer, an order that a server told of may be within it.
        AND NOT EXISTS (SELECT FROM tracking_purchase p WHERE p.profile_id = v.profile_id AND p.at >= more.day)
        AND NOT EXISTS (
            SELECT FROM tracking_visit other
            WHERE other.profile_id = v.profile_id AND other.source_id = v.source_id AND other.bot = v.bot
                AND other.started_at >= v.started_at AND other.event_id <> v.event_id)"""
_GROW: Final = f"""{_ADDED}
    {_GOES_ON} AND (v.landing_page <> '' OR more.landing_page = '')
    RETURNING more.n"""
# The first page of a visit that began with something else: its event says where it landed, and is written again.
_LAND: Final = f"""{_ADDED}, landing_page = more.landing_page
    {_GOES_ON} AND v.landing_page = '' AND more.landing_page <> ''
    RETURNING {SELECTED}"""
