"""For how long something has been so: "country has been FR for 30 days"."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Self, cast

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.attributes import History
from profiles.templatetags.people import known_value
from segments.bitmaps import BitMap64, ask_rows, ids_literal
from segments.errors import RuleError
from segments.leaves.base import Condition, Rule, Span, none
from segments.leaves.where import Where, operation_words
from segments.operators import operators
from segments.parts import Part
from segments.passing import crossed
from segments.windows import Duration, swept, zone
from segments.wishes import Wish
from segments.world import World

SOMETIME = "sometime"


@dataclass(frozen=True)
class Held(Condition):
    """An operator was true of an attribute at every moment of so long, the last of which is now, or (`sometime`) at
    one of them.

    Negated, it is the operation that is: "is not FR for 30 days" was never FR in them, the unknown included.
    """

    where: Where
    duration: Duration
    sometime: bool = False

    key, label, hint = "held", gettext_lazy("Value for so long"), gettext_lazy("has been a customer for 30 days")
    form = (
        Part("attribute", more={"lasting": True}),
        Part(
            "choose",
            "when",
            "",
            gettext_lazy("All the time, or at some time"),
            "",
            {
                "choices": {SOMETIME: gettext_lazy("at some time in the last")},
                "any": gettext_lazy("without a break for"),
            },
        ),
        Part("duration", "for", "", gettext_lazy("How long")),
    )
    starts: ClassVar[dict[str, Any]] = {"for": "30 days"}
    examples = (
        {"attribute": "traits.country", "op": "is", "value": "FR", "for": "30 days"},
        {"attribute": "traits.country", "op": "is", "value": "FR", "not": True, "for": "30 days"},
        {"attribute": "traits.age", "op": "over", "value": 20, "for": "8 days", "when": SOMETIME},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        duration = Duration.parse(raw.pop("for", None), path)
        when = raw.pop("when", None)
        if when is not None and when != SOMETIME:
            raise RuleError(path, _("Choose whether it was so all the time, or at some time."))
        where = Where.parse(raw, path)
        if operators()[where.op].moves:
            raise RuleError(path, _("“%(operator)s” changes with time: compare with what stays.") % _label(where))
        return cls(where, duration, when == SOMETIME)

    def body(self) -> dict[str, Any]:
        return {**self.where.body(), "for": str(self.duration)} | ({"when": SOMETIME} if self.sometime else {})

    def normal(self) -> Rule:
        # It never was: not at any of the moments. It was not always: not at all of them.
        where = replace(self.where, negated=False)
        return none(replace(self, where=where, sometime=not self.sometime)) if self.where.negated else self

    def check(self, world: World, path: str) -> None:
        self.where.check(world, path)
        attribute = world.attributes[self.where.attribute]
        if attribute.history is None:
            raise RuleError(path, _("Since when is not kept of %(attribute)s.") % {"attribute": attribute.label})

    def asks(self) -> frozenset[str]:
        return self.where.asks()

    def reads(self, world: World) -> frozenset[str]:
        return self.where.reads(world) | {topic for topic in [self._history(world).topic] if topic}

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        low, high = swept(self.duration, since, until)
        # A source whose clock runs fast says what begins later.
        spans = [(low, high), (since, until)]
        return [self._history(world).began(*span) for span in spans if span[0] < span[1]]

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some = sql.SQL("true") if among is None else sql.SQL("profile_id = ANY({})").format(ids_literal(among))
        parts = [
            sql.SQL("SELECT {}::bigint AS key, profile_id FROM ({}) AS q").format(
                sql.Literal(key), leaf._lasting(at, some, world)
            )
            for key, leaf in leaves.items()
        ]
        return ask_rows(sql.SQL(" UNION ALL ").join(parts)) if parts else {}

    def sentence(self, world: World) -> str:
        said = {"what": self.where.sentence(world), "duration": self.duration.words()}
        if self.sometime:
            return _("%(what)s, at some time in the last %(duration)s") % said
        return _("%(what)s, for %(duration)s without a break") % said

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        spells = self._spells(at, profile_id, world)
        if not spells:
            return _("unknown")
        value, since = spells[-1]
        said = {"value": known_value(json.loads(value)) if value else _("unknown")}
        return _("%(value)s, since %(when)s") % {
            **said,
            "when": date_format(since.astimezone(zone()), "DATETIME_FORMAT"),
        }

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        spells = self._spells(at, profile_id, world)
        return sorted({moment for _value, since in spells for moment in crossed(self.duration, since) if moment > at})

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        # One change makes it so now, or breaks what was always so; that it lasts, and is forgotten, takes time.
        return self.where.wish(at, profile_id, world, wanted) if wanted == self.sometime else None

    def would(self, wish: Wish, at: datetime, profile_id: int, world: World) -> bool | None:
        seen = self.where.would(wish, at, profile_id, world)
        return seen if seen is self.sometime else None

    def _history(self, world: World) -> History:
        history = world.attributes[self.where.attribute].history
        if history is None:  # `check` comes before every question.
            raise RuleError("", _("Since when is not kept of %(attribute)s.") % {"attribute": self.where.attribute})
        return history

    def _lasting(self, at: datetime, people: sql.Composable, world: World) -> sql.Composed:
        low = self.duration.before(at)
        held = sql.SQL("({}) IS TRUE").format(self.where.test(sql.SQL("spell.value"), at))
        always = sql.SQL("bool_and({}) AND min(since) <= {}").format(held, sql.Literal(low))
        return sql.SQL("SELECT profile_id FROM {} AS spell GROUP BY profile_id HAVING {}").format(
            self._history(world).spells(low, at, people),
            sql.SQL("bool_or({})").format(held) if self.sometime else always,
        )

    def _spells(self, at: datetime, profile_id: int, world: World) -> list[tuple[str | None, datetime]]:
        """One person's values that concern it, as JSON text, each with its beginning; the oldest first."""
        one = sql.SQL("profile_id = {}").format(sql.Literal(profile_id))
        spells = self._history(world).spells(self.duration.before(at), at, one)
        query = sql.SQL("SELECT value::text, since FROM {} AS spell ORDER BY since").format(spells)
        connection.ensure_connection()
        return cast("list[tuple[str | None, datetime]]", connection.connection.execute(query).fetchall())


def _label(where: Where) -> dict[str, str]:
    return {"operator": operation_words(where.op, None, negated=where.negated).strip()}
