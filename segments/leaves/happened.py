"""Conditions that look at events: how many of them are asked about some people in one statement.

The events of these people are read once, person by person along the primary key, and every leaf looks at
them. Only where a leaf looks at more than name and time, the table is read beside its primary key.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from psycopg import sql

from segments.bitmaps import BitMap64, ask_rows, ask_set, ids_literal
from segments.leaves.base import Condition, Span
from segments.leaves.filters import Filters
from segments.windows import today
from segments.world import World

EVENTS = sql.Identifier("profiles_event")


class Happened(Condition):
    """A condition on events. `asked` says which it looks at, `query` gives the people over a relation of events."""

    # Whether the columns `value` and `properties` are asked.
    detailed: ClassVar[bool] = True

    @abstractmethod
    def names(self) -> frozenset[str]:
        """The names of the events."""

    @abstractmethod
    def lows(self, at: datetime) -> Mapping[str, datetime]:
        """By event name, after which moment it is looked at."""

    @abstractmethod
    def query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        """SELECT profile_id, over a relation with the columns of an event; duplicates are fine.

        Asked only when each of the names is known (see `answerable`).
        """

    def answerable(self, world: World) -> bool:
        """An event that nobody ever did has no id yet: then nobody is in the leaf."""
        return self.names() <= world.events.keys()

    def reads(self, world: World) -> frozenset[str]:
        return frozenset(f"event:{name}" for name in self.names())

    def aged(
        self, event: str, where: Filters, since: datetime, until: datetime, world: World
    ) -> list[Span | sql.Composable]:
        """Who has an event for which a filter holds on another day: "the delivery is in the next 3 days"."""
        before, after = today(since), today(until)
        tests = [item.moved(before, after) for item in where] if before != after and event in world.events else []
        low = min(self.lows(moment)[event] for moment in (since, until))
        return [
            _AGED.format(name=sql.Literal(world.events[event]), inside=inside(low, until), test=test)
            for test in tests
            if test is not None
        ]

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        known = {key: leaf for key, leaf in leaves.items() if leaf.answerable(world)}
        if among is None:
            return {key: leaf.of_everybody(at, world) for key, leaf in known.items()}
        return cls.ask_among(known, at, among, world) if known and among else {}

    def of_everybody(self, at: datetime, world: World) -> BitMap64:
        """Whom it holds for, of all people. Where all their events decide, there are quicker ways than a query."""
        return ask_set(self.query(at, world, EVENTS))

    @classmethod
    def ask_among(cls, leaves: dict[int, Self], at: datetime, among: BitMap64, world: World) -> dict[int, BitMap64]:
        """The same among some people: all leaves in one statement."""
        return ask_rows(told(list(leaves.values()), at, among, world, queries(leaves, at, world)))


def queries(leaves: Mapping[int, Happened], at: datetime, world: World) -> list[sql.Composable]:
    """Each leaf with its key, over `told`, or over `happened` when name and time are all that it looks at."""
    return [
        sql.SQL("SELECT {}::bigint AS key, profile_id FROM ({}) AS q").format(
            sql.Literal(key), leaf.query(at, world, sql.Identifier("told" if leaf.detailed else "happened"))
        )
        for key, leaf in leaves.items()
    ]


def told(
    leaves: Sequence[Happened], at: datetime, among: BitMap64, world: World, parts: Sequence[sql.Composable]
) -> sql.Composed:
    """A statement over the relations `happened` (name and time of these people's events) and `told` (all of those
    that the detailed leaves look at); `parts` are united.
    """
    tables = [_HAPPENED.format(among=ids_literal(among), looked_at=_looked_at(leaves, at, world))]
    detailed = [leaf for leaf in leaves if leaf.detailed]
    if detailed:
        tables.append(_TOLD.format(looked_at=_looked_at(detailed, at, world)))
    return sql.SQL("WITH {} {}").format(sql.SQL(", ").join(tables), sql.SQL(" UNION ALL ").join(parts))


def named(name: str, filters: Filters, at: datetime, world: World) -> sql.Composed:
    """Boolean SQL: an event of that name for which the filters hold."""
    tests: list[sql.Composable] = [
        sql.SQL("name_id = {}").format(sql.Literal(world.events[name])),
        *(sql.SQL("({})").format(item.holds(at)) for item in filters),
    ]
    return sql.SQL(" AND ").join(tests)


def inside(low: datetime, high: datetime) -> sql.Composed:
    """Boolean SQL: an event in (low, high]."""
    return sql.SQL("occurred_at > {} AND occurred_at <= {}").format(sql.Literal(low), sql.Literal(high))


def _looked_at(leaves: Collection[Happened], at: datetime, world: World) -> sql.Composed:
    """Boolean SQL: the events that one of these leaves may look at. The first bound is what the index goes by."""
    lows: dict[int, datetime] = {}
    for leaf in leaves:
        for event, low in leaf.lows(at).items():
            if event in world.events:
                name = world.events[event]
                lows[name] = min(low, lows.get(name, low))
    names = [
        sql.SQL("(name_id = {} AND occurred_at > {})").format(sql.Literal(name), sql.Literal(low))
        for name, low in sorted(lows.items())
    ]
    return sql.SQL("occurred_at > {} AND ({})").format(sql.Literal(min(lows.values())), sql.SQL(" OR ").join(names))


_AGED = sql.SQL("SELECT profile_id FROM profiles_event WHERE name_id = {name} AND {inside} AND ({test})")
# Person by person, whatever the planner believes: the cost is that of these people, however large the base is.
# OFFSET 0 keeps the subqueries what they are written as.
_HAPPENED = sql.SQL(
    "happened AS MATERIALIZED (SELECT e.* FROM unnest({among}) AS someone (id), LATERAL ("
    "SELECT profile_id, name_id, occurred_at, message_id FROM profiles_event"
    " WHERE profile_id = someone.id AND {looked_at} OFFSET 0) AS e)"
)
_TOLD = sql.SQL(
    "told AS MATERIALIZED (SELECT profile_id, name_id, occurred_at, value, properties FROM happened AS h, LATERAL ("
    "SELECT value, properties FROM profiles_event AS e WHERE e.profile_id = h.profile_id"
    " AND e.occurred_at = h.occurred_at AND e.message_id = h.message_id OFFSET 0) AS e"
    " WHERE {looked_at})"
)
