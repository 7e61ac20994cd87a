"""Conditions that look at events: how many of them are asked about some people in one statement.

The events of these people are read once, person by person along the primary key, and every leaf looks at
them. Only where a leaf looks at more than name and time, the table is read beside its primary key.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
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
        if among is not None:
            return cls.ask_each(leaves, at, dict.fromkeys(leaves, among), world)
        return {key: leaf.of_everybody(at, world) for key, leaf in leaves.items() if leaf.answerable(world)}

    def of_everybody(self, at: datetime, world: World) -> BitMap64:
        """Whom it holds for, of all people. Where all their events decide, there are quicker ways than a query."""
        return ask_set(self.query(at, world, EVENTS))

    @classmethod
    def ask_each(
        cls, leaves: dict[int, Any], at: datetime, people: Mapping[int, BitMap64], world: World
    ) -> dict[int, BitMap64]:
        known = {key: leaf for key, leaf in leaves.items() if people[key] and leaf.answerable(world)}
        if not known:
            return {}
        reads = [(leaf, people[key]) for key, leaf in known.items()]
        found = ask_rows(told(reads, at, world, list(_parts(known, at, world))))
        return {key: some & people[key] for key, some in found.items()}

    @classmethod
    def family(cls) -> type[Condition]:
        return Happened

    @classmethod
    def parts(cls, leaves: dict[int, Self], at: datetime, world: World) -> list[sql.Composable]:
        """Queries of (key, profile_id) over `told` and `happened`, that together answer these leaves."""
        return queries(leaves, at, world)


def queries(leaves: Mapping[int, Happened], at: datetime, world: World) -> list[sql.Composable]:
    """Each leaf with its key, over `told`, or over `happened` when name and time are all that it looks at."""
    return [
        sql.SQL("SELECT {}::bigint AS key, profile_id FROM ({}) AS q").format(
            sql.Literal(key), leaf.query(at, world, sql.Identifier("told" if leaf.detailed else "happened"))
        )
        for key, leaf in leaves.items()
    ]


def _parts(leaves: Mapping[int, Happened], at: datetime, world: World) -> Iterator[sql.Composable]:
    for kind in {type(leaf) for leaf in leaves.values()}:
        yield from kind.parts({key: leaf for key, leaf in leaves.items() if type(leaf) is kind}, at, world)


def told(
    reads: Sequence[tuple[Happened, BitMap64]], at: datetime, world: World, parts: Sequence[sql.Composable]
) -> sql.Composed:
    """A statement over the relations `happened` (name and time of events) and `told` (all of those that the detailed
    leaves look at); `parts` are united.

    `reads`: each leaf with the people about whom it is asked. Of these all that it looks at is there; of others some
    may be.
    """
    read = _looked_at(reads, at, world)
    anything = _since((low, people) for some in read.values() for low, people in some.items())
    tables = [_HAPPENED.format(names=sql.Literal(sorted(read)), since=_rows((None, *row) for row in anything))]
    if detailed := _looked_at([(leaf, people) for leaf, people in reads if leaf.detailed], at, world):
        rows = ((name, *row) for name, some in detailed.items() for row in _since(some.items()))
        tables.append(_TOLD.format(since=_rows(rows)))
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


def _looked_at(
    reads: Sequence[tuple[Happened, BitMap64]], at: datetime, world: World
) -> dict[int, dict[datetime, BitMap64]]:
    """Of whom events are looked at: by the id of the name, and after which moment."""
    read: dict[int, dict[datetime, BitMap64]] = defaultdict(dict)
    for leaf, people in reads:
        for event, low in leaf.lows(at).items():
            if event in world.events:
                some = read[world.events[event]]
                some[low] = some[low] | people if low in some else people
    return read


def _since(some: Iterable[tuple[datetime, BitMap64]]) -> Iterator[tuple[datetime, BitMap64]]:
    """Everybody once, with the earliest of their moments."""
    seen = BitMap64()
    for low, people in sorted(some, key=itemgetter(0)):
        if more := people - seen:
            yield low, more
        seen |= people


def _rows(some: Iterable[tuple[int | None, datetime, BitMap64]]) -> sql.Composed:
    """A relation of (name_id, since, id): whose events of that name, since when."""
    rows = [
        sql.SQL("({}::smallint, {}::timestamptz, {})").format(sql.Literal(name), sql.Literal(low), ids_literal(people))
        for name, low, people in some
    ]
    return _EACH.format(sql.SQL(", ").join(rows))


_AGED = sql.SQL("SELECT profile_id FROM profiles_event WHERE name_id = {name} AND {inside} AND ({test})")
_EACH = sql.SQL("SELECT name_id, since, unnest(people) AS id FROM (VALUES {}) AS each (name_id, since, people)")
# Person by person, whatever the planner believes: the cost is that of these people, however large the base is.
# OFFSET 0 keeps the subqueries what they are written as.
_HAPPENED = sql.SQL(
    "happened AS MATERIALIZED (SELECT e.* FROM ({since} OFFSET 0) AS someone, LATERAL ("
    "SELECT profile_id, name_id, occurred_at, message_id FROM profiles_event"
    " WHERE profile_id = someone.id AND occurred_at > someone.since AND name_id = ANY({names}) OFFSET 0) AS e)"
)
_TOLD = sql.SQL(
    "told AS MATERIALIZED (SELECT profile_id, name_id, occurred_at, value, properties FROM ("
    "SELECT h.* FROM happened AS h JOIN ({since} OFFSET 0) AS someone"
    " ON h.profile_id = someone.id AND h.name_id = someone.name_id AND h.occurred_at > someone.since OFFSET 0"
    ") AS h, LATERAL (SELECT value, properties FROM profiles_event AS e WHERE e.profile_id = h.profile_id"
    " AND e.occurred_at = h.occurred_at AND e.message_id = h.message_id OFFSET 0) AS e)"
)
