"""One person's events, as a condition looks at them: read by their primary key, for saying what comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from psycopg import sql

from profiles.attributes import Member
from segments.leaves.filters import PROPERTIES, Filters
from segments.leaves.happened import EVENTS, named
from segments.operands import as_date
from segments.passing import MARGIN, MOST_UNSURE
from segments.windows import Window, today
from segments.world import World

# More events of one person than these are not looked at.
MOST = 500
# So many may lie in the future: the clocks of senders differ.
AHEAD = 20
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_ONE = sql.SQL("1")


def seen(
    profile_id: int,
    event: str,
    filters: Filters,
    *,
    at: datetime,
    world: World,
    since: datetime = _FIRST,
    newest: bool = False,
    most: int = MOST,
    operand: sql.Composable = _ONE,
) -> list[tuple[datetime, Any]]:
    """(time, operand) of the events after `since`, whose filters hold at `at`: the oldest first, or the newest."""
    if event not in world.events:
        return []
    query = sql.SQL(
        "SELECT occurred_at, {} FROM {} WHERE profile_id = {} AND occurred_at > {} AND {}"
        " ORDER BY occurred_at {} LIMIT {}"
    ).format(
        operand,
        EVENTS,
        sql.Literal(profile_id),
        sql.Literal(since),
        named(event, filters, at, world),
        sql.SQL("DESC" if newest else "ASC"),
        sql.Literal(most),
    )
    connection.ensure_connection()
    return list(connection.connection.execute(query).fetchall())


def unsteady(
    profile_id: int,
    event: str,
    filters: Filters,
    *,
    at: datetime,
    world: World,
    window: Window,
    passing: Callable[[datetime], Iterable[datetime]],
) -> list[datetime]:
    """The first moments at which an event may come to count, or cease to, where filters look at today: for each that
    may pass them one day, those of `passing`, and the midnights at which a filter changes its mind.
    """
    turning = [item for item in filters if not item.steady()]
    dates = [as_date(Member(PROPERTIES, item.property)) for item in turning]
    rows = seen(
        profile_id,
        event,
        tuple(item for item in filters if item.steady()),
        at=at,
        world=world,
        since=reach(window, at) if window.far else _FIRST,
        newest=True,
        operand=sql.SQL("ARRAY[{}]::date[]").format(sql.SQL(", ").join(dates)),
    )
    found: set[datetime] = set()
    for when, known in rows:
        found.update(passing(when))
        for item, day in zip(turning, known, strict=True):
            found.update(item.midnights(day, at) if day else ())
    return sorted(moment for moment in found if moment > at)[:MOST_UNSURE]


def steady(filters: Filters) -> bool:
    """Whether the filters say the same of an event for ever."""
    return all(item.steady() for item in filters)


def reach(window: Window, at: datetime) -> datetime:
    """What happened before this moment no bound of the window will go over any more."""
    nearest = window.far or window.near
    bound = nearest.before(at) if nearest else at
    return max(bound, _FIRST + MARGIN) - MARGIN


def is_open(window: Window, at: datetime) -> bool:
    """Whether what happens now is in the window."""
    day = today(at)
    return not window.near and (window.first or day) <= day <= (window.last or day)


def inside_count(times: list[datetime], window: Window, at: datetime) -> int:
    """How many of these are in the window at that time."""
    low, high = window.low(at), window.high(at)
    return sum(low < when <= high for when in times)
