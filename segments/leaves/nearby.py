"""Which events can be part of a sequence at all: found by hashing, which costs less than sorting what everybody did.

From the last step to the first, only those are kept that the next step may follow: of somebody who did that in the
same span of the limit's length or in the one after it. What is left is few, and then put in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from psycopg import sql


def narrowed(
    steps: Sequence[sql.Composable], limit: timedelta | None, *, same: bool
) -> tuple[sql.Composed, list[sql.Composable]]:
    """The beginning of a statement (WITH ...), and each step as a query with fewer events, none of a sequence missing.

    `steps` are queries of (profile_id, occurred_at, same); `limit` is from the first event to the last; `same`: all
    events share what is in that column.
    """
    *earlier, last = range(len(steps))
    tables = [_STEP.format(_table(last), steps[last])]
    tables += [
        _STEP.format(_table(number), _followed(steps[number], _table(number + 1), limit, same=same))
        for number in reversed(earlier)
    ]
    kept: list[sql.Composable] = [_OF_THOSE.format(_table(number), _table(0)) for number in range(len(steps))]
    return sql.SQL("WITH {}").format(sql.SQL(", ").join(tables)), kept


def _followed(
    events: sql.Composable, following: sql.Composable, limit: timedelta | None, *, same: bool
) -> sql.Composable:
    key = sql.SQL("profile_id, same") if same else sql.SQL("profile_id")
    if limit is None:
        return _ANY_TIME.format(events=events, following=following, key=key)
    # In seconds: a day of an interval would be one of the calendar.
    length = sql.Literal(f"{limit.total_seconds():.0f} seconds")
    return _NEAR.format(events=events, following=following, key=key, length=length)


def _table(number: int) -> sql.Identifier:
    return sql.Identifier(f"step_{number}")


_STEP = sql.SQL("{} AS MATERIALIZED ({})")
_OF_THOSE = sql.SQL("SELECT * FROM {} WHERE profile_id IN (SELECT profile_id FROM {})")
_ANY_TIME = sql.SQL("SELECT * FROM ({events}) AS e WHERE ({key}) IN (SELECT {key} FROM {following})")
_NEAR = sql.SQL(
    "SELECT * FROM ({events}) AS e"
    " WHERE ({key}, date_bin({length}::interval, occurred_at, 'epoch'::timestamptz)) IN ("
    "SELECT {key}, date_bin({length}::interval, occurred_at, 'epoch'::timestamptz) - spans * {length}::interval"
    " FROM {following}, generate_series(0, 1) AS spans)"
)
