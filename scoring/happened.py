"""The events that scores look at: of everybody from the table, of some people read once, person by person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from psycopg import sql

from segments.bitmaps import BitMap64, ids_literal

EVENTS = sql.Identifier("profiles_event")
# Person by person along the primary key, whatever the planner believes; OFFSET 0 keeps the subquery what it is.
_OF_SOME = sql.SQL(
    "{name} AS MATERIALIZED (SELECT e.* FROM unnest({among}) AS someone (id), LATERAL ("
    "SELECT profile_id, name_id, occurred_at, message_id FROM profiles_event WHERE profile_id = someone.id"
    " AND occurred_at >= {low} AND occurred_at <= {at} AND ({wanted}) OFFSET 0) AS e)"
)
_TOLD = sql.SQL(
    "told AS MATERIALIZED (SELECT h.profile_id, h.name_id, h.occurred_at, e.value, e.properties FROM happened AS h,"
    " LATERAL (SELECT value, properties FROM profiles_event AS e WHERE e.profile_id = h.profile_id"
    " AND e.occurred_at = h.occurred_at AND e.message_id = h.message_id OFFSET 0) AS e WHERE h.name_id = ANY({names}))"
)
_ALWAYS = sql.SQL("'-infinity'::timestamptz")


class Happened:
    """Events of these names since then (None: ever). `told` are those whose value or properties are asked."""

    def __init__(
        self, since: Mapping[int, datetime | None], told: frozenset[int], at: datetime, among: BitMap64 | None
    ) -> None:
        self.tables: list[sql.Composable] = []
        self.plain: sql.Composable = EVENTS
        self.told: sql.Composable = EVENTS
        if among is None or not since:
            return
        lows = {name: sql.Literal(low) if low else _ALWAYS for name, low in since.items()}
        wanted = [
            sql.SQL("(name_id = {} AND occurred_at >= {})").format(sql.Literal(name), low) for name, low in lows.items()
        ]
        known = [low for low in since.values() if low]
        self.plain = sql.Identifier("happened")
        self.tables.append(
            _OF_SOME.format(
                name=self.plain,
                among=ids_literal(among),
                low=sql.Literal(min(known)) if len(known) == len(since) else _ALWAYS,
                at=sql.Literal(at),
                wanted=sql.SQL(" OR ").join(wanted),
            )
        )
        if told:
            self.told = sql.Identifier("told")
            names = sql.SQL("{}::smallint[]").format(sql.Literal(sorted(told)))
            self.tables.append(_TOLD.format(names=names))
