"""Who may flip because time passed: the people of every event that a bound of a window went over."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from psycopg import sql

from segments.bitmaps import BitMap64, ask_rows, ask_set
from segments.leaves import Condition
from segments.leaves.base import Span
from segments.world import World


def passed(leaves: dict[int, Condition], since: datetime, until: datetime, world: World) -> dict[int, BitMap64]:
    """The people per leaf, where there are any. All spans of events are read in one statement of index ranges, each
    span once.
    """
    people: dict[int, BitMap64] = defaultdict(BitMap64)
    wanted: dict[Span, list[int]] = defaultdict(list)
    for pk, leaf in leaves.items():
        for edge in leaf.edges(since, until, world):
            if isinstance(edge, Span):
                wanted[edge].append(pk)
            elif found := ask_set(edge):
                people[pk] |= found
    for span, some in _read(list(wanted), world).items():
        for pk in wanted[span]:
            people[pk] |= some
    return people


def _read(spans: list[Span], world: World) -> dict[Span, BitMap64]:
    every = list(world.events.values())
    rows = [
        sql.SQL("({}::bigint, {}::smallint[], {}::timestamptz, {}::timestamptz)").format(
            sql.Literal(at),
            sql.Literal(every if span.event is None else [world.events[span.event]]),
            sql.Literal(span.low),
            sql.Literal(span.high),
        )
        for at, span in enumerate(spans)
        if span.event is None or span.event in world.events
    ]
    if not rows:
        return {}
    query = sql.SQL(
        "SELECT span.key, happened.profile_id FROM (VALUES {}) AS span (key, names, low, high),"
        " LATERAL (SELECT profile_id FROM profiles_event WHERE name_id = ANY(names)"
        " AND occurred_at > low AND occurred_at <= high) AS happened"
    ).format(sql.SQL(", ").join(rows))
    return {spans[at]: found for at, found in ask_rows(query).items()}
