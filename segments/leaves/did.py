"""What a person did: "Order Completed at least twice in the last 30 days, where category is shoes"."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from profiles.attributes import Member
from segments.bitmaps import BitMap64, ask_rows, ask_set, ids_literal
from segments.errors import RuleError
from segments.leaves.base import Condition, Group, Rule, Span, none
from segments.leaves.where import operation_json, operation_words, operator_of
from segments.operators import operators
from segments.windows import Window
from segments.world import World

EVER = Window()
_EVENTS = sql.Identifier("profiles_event")


@dataclass(frozen=True)
class Filter:
    """A property of the event compared with a value; its negation includes events without the property."""

    property: str
    op: str
    value: Any = None
    negated: bool = False

    @classmethod
    def parse(cls, raw: object, path: str) -> Filter:
        """Read the JSON of one filter."""
        if not isinstance(raw, dict):
            raise RuleError(path, _("Choose a property of the event."))
        raw = dict(raw)
        name = raw.pop("property", None)
        if not isinstance(name, str) or not name or "\0" in name:
            raise RuleError(path, _("Choose a property of the event."))
        operator = operator_of(raw.pop("op", None), path)
        value = operator.clean(raw.pop("value", None), path)
        negated = raw.pop("not", False) is True
        if raw:
            raise RuleError(path, _("“%(key)s” is not understood here.") % {"key": next(iter(raw))})
        return cls(name, operator.key, tuple(value) if isinstance(value, list) else value, negated)

    def to_json(self) -> dict[str, Any]:
        """The inverse of `parse`."""
        return {"property": self.property, **operation_json(self.op, self.value, negated=self.negated)}

    def holds(self, at: datetime) -> sql.Composable:
        """Boolean SQL over an event."""
        operand = Member(sql.SQL("properties"), self.property)
        plain = list(self.value) if isinstance(self.value, tuple) else self.value
        test = operators()[self.op].holds(operand, plain, at)
        return sql.SQL("({}) IS NOT TRUE").format(test) if self.negated else test

    def words(self) -> str:
        """ "category is shoes"."""
        return f"{self.property} {operation_words(self.op, self.value, negated=self.negated)}"


@dataclass(frozen=True)
class Did(Condition):
    """An event was counted at least (a leaf), at most, or exactly so many times in a window.

    "At most" and "exactly" are sets of "at least": never is the complement of once.
    """

    event: str
    count: int = 1
    comparison: str = "at_least"
    window: Window = EVER
    where: tuple[Filter, ...] = ()

    key = "did"
    examples = (
        {"event": "Order Completed", "at_least": 2, "within": "30 days"},
        {"event": "Product Viewed", "where": [{"property": "category", "op": "is", "value": "shoes"}]},
        {"event": "Order Completed", "none": True, "between": ["60 days", "30 days"]},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Did:
        event = raw.pop("event", None)
        if not isinstance(event, str) or not event:
            raise RuleError(path, _("Choose an event."))
        given = {key: raw.pop(key) for key in ("at_least", "at_most", "exactly", "none") if key in raw}
        counts = given or {"at_least": 1}
        if len(counts) > 1:
            raise RuleError(path, _("Give one count, not several."))
        ((comparison, count),) = counts.items()
        if comparison == "none":
            comparison, count = "exactly", 0 if count is True else None
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 1_000_000:
            raise RuleError(path, _("Give how many times, as a whole number."))
        window = Window.parse(raw, path)
        where = raw.pop("where", [])
        filters = [Filter.parse(item, path) for item in (where if isinstance(where, list) else [where])]
        # In a canonical order, so that equal conditions are equal leaves.
        filters.sort(key=lambda item: json.dumps(item.to_json(), sort_keys=True))
        return cls(event, count, comparison, window, tuple(filters))

    def body(self) -> dict[str, Any]:
        where = {"where": [item.to_json() for item in self.where]} if self.where else {}
        return {"event": self.event, self.comparison: self.count, **self.window.to_json(), **where}

    def normal(self) -> Rule:
        def at_least(count: int) -> Rule:
            # Everybody did it at least zero times.
            return replace(self, comparison="at_least", count=count) if count else none()

        if self.comparison == "at_least":
            return self if self.count else none()
        if self.comparison == "at_most":
            return none(at_least(self.count + 1))
        return Group("all", (at_least(self.count), none(at_least(self.count + 1))))

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({f"event:{self.event}"})

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        return [Span(self.event, low, high) for low, high in self.window.passed(since, until)]

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        # An event that nobody ever did has no id yet: nobody did it.
        known = {key: leaf for key, leaf in leaves.items() if leaf.event in world.events}
        if among is None:
            return {key: ask_set(leaf._query(at, world, _EVENTS)) for key, leaf in known.items()}
        return _ask_among(known, at, among, world) if known and among else {}

    def _query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        enough = sql.SQL("HAVING count(*) >= {}").format(sql.Literal(self.count)) if self.count > 1 else sql.SQL("")
        return sql.SQL("SELECT profile_id FROM {relation} WHERE {happened} GROUP BY profile_id {enough}").format(
            relation=relation, happened=self._happened(at, world), enough=enough
        )

    def _happened(self, at: datetime, world: World) -> sql.Composed:
        tests: list[sql.Composable] = [
            sql.SQL("name_id = {}").format(sql.Literal(world.events[self.event])),
            sql.SQL("occurred_at > {}").format(sql.Literal(self.window.low(at))),
            sql.SQL("occurred_at <= {}").format(sql.Literal(self.window.high(at))),
            *(sql.SQL("({})").format(item.holds(at)) for item in self.where),
        ]
        return sql.SQL(" AND ").join(tests)

    def _row(self, key: int, at: datetime, world: World) -> sql.Composed:
        """What `_COUNTED` needs to know of it."""
        return sql.SQL("({}::bigint, {}::smallint, {}::timestamptz, {}::timestamptz, {}::bigint)").format(
            sql.Literal(key),
            sql.Literal(world.events[self.event]),
            sql.Literal(self.window.low(at)),
            sql.Literal(self.window.high(at)),
            sql.Literal(self.count),
        )

    def sentence(self, world: World) -> str:
        parts = [self._count_words(), self.window.words()]
        if self.where:
            parts.append(_("where %(filters)s") % {"filters": _(" and ").join(item.words() for item in self.where)})
        return " ".join(part for part in parts if part)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        count = 0
        if self.event in world.events:
            query = sql.SQL("SELECT count(*) FROM {} WHERE profile_id = {} AND {}").format(
                _EVENTS, sql.Literal(profile_id), self._happened(at, world)
            )
            connection.ensure_connection()
            count = connection.connection.execute(query).fetchone()[0]
        return ngettext("%d time", "%d times", count) % count if count else _("never")

    def _count_words(self) -> str:
        event = {"event": self.event, "count": self.count}
        if self.comparison == "exactly" and not self.count:
            return _("never did %(event)s") % event
        if self.comparison == "at_least" and self.count == 1:
            return _("did %(event)s") % event
        return {
            "at_least": ngettext(
                "did %(event)s at least %(count)d time", "did %(event)s at least %(count)d times", self.count
            ),
            "at_most": ngettext(
                "did %(event)s at most %(count)d time", "did %(event)s at most %(count)d times", self.count
            ),
            "exactly": ngettext(
                "did %(event)s exactly %(count)d time", "did %(event)s exactly %(count)d times", self.count
            ),
        }[self.comparison] % event


def _ask_among(leaves: dict[int, Did], at: datetime, among: BitMap64, world: World) -> dict[int, BitMap64]:
    """All leaves in one statement: the events of these people are read once, and every leaf looks at them.

    Leaves without filters go in as rows and are counted in one grouped pass. The others look at `told`: the few
    events whose properties they ask, for which alone the table is read beside its primary key.
    """
    plain = {key: leaf for key, leaf in leaves.items() if not leaf.where}
    filtered = {key: leaf for key, leaf in leaves.items() if leaf.where}
    tables = [_HAPPENED.format(among=ids_literal(among), looked_at=_looked_at(leaves.values(), at, world))]
    parts = []
    if plain:
        parts.append(_COUNTED.format(sql.SQL(", ").join(leaf._row(key, at, world) for key, leaf in plain.items())))
    if filtered:
        tables.append(_TOLD.format(looked_at=_looked_at(filtered.values(), at, world)))
        parts += [
            sql.SQL("SELECT {}::bigint AS key, profile_id FROM ({}) AS q").format(
                sql.Literal(key), leaf._query(at, world, sql.Identifier("told"))
            )
            for key, leaf in filtered.items()
        ]
    return ask_rows(sql.SQL("WITH {} {}").format(sql.SQL(", ").join(tables), sql.SQL(" UNION ALL ").join(parts)))


# Person by person, whatever the planner believes: the cost is that of these people, however large the base is.
# OFFSET 0 keeps the subqueries what they are written as.
_HAPPENED = sql.SQL(
    "happened AS MATERIALIZED (SELECT e.* FROM unnest({among}) AS someone (id), LATERAL ("
    "SELECT profile_id, name_id, occurred_at, message_id FROM profiles_event"
    " WHERE profile_id = someone.id AND {looked_at} OFFSET 0) AS e)"
)
_TOLD = sql.SQL(
    "told AS MATERIALIZED (SELECT profile_id, name_id, occurred_at, properties FROM happened AS h, LATERAL ("
    "SELECT properties FROM profiles_event AS e WHERE e.profile_id = h.profile_id"
    " AND e.occurred_at = h.occurred_at AND e.message_id = h.message_id OFFSET 0) AS e"
    " WHERE {looked_at})"
)
_COUNTED = sql.SQL(
    "SELECT asked.key, profile_id FROM (VALUES {}) AS asked (key, name_id, low, high, enough)"
    " JOIN happened ON happened.name_id = asked.name_id AND occurred_at > low AND occurred_at <= high"
    " GROUP BY asked.key, profile_id, enough HAVING count(*) >= enough"
)


def _looked_at(leaves: Collection[Did], at: datetime, world: World) -> sql.Composed:
    """Boolean SQL: the events that one of these leaves may look at. The first bound is what the index goes by."""
    lows: dict[int, datetime] = {}
    for leaf in leaves:
        name, low = world.events[leaf.event], leaf.window.low(at)
        lows[name] = min(low, lows.get(name, low))
    names = [
        sql.SQL("(name_id = {} AND occurred_at > {})").format(sql.Literal(name), sql.Literal(low))
        for name, low in sorted(lows.items())
    ]
    return sql.SQL("occurred_at > {} AND ({})").format(sql.Literal(min(lows.values())), sql.SQL(" OR ").join(names))
