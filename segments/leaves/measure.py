"""What somebody's events come to: "the sum of order values in the last 90 days is over 200"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import connection
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.attributes import Member
from profiles.money import DIGITS
from segments.bitmaps import BitMap64, of_ids
from segments.errors import RuleError
from segments.leaves.base import Rule, Span, none
from segments.leaves.filters import (
    Filters,
    event_name,
    filters_json,
    filters_words,
    parse_filters,
    property_name,
)
from segments.leaves.happened import EVENTS, Happened, inside, named
from segments.leaves.seen import MOST, is_open, reach, seen, steady, unsteady
from segments.leaves.where import operation_json, operation_words, operator_of
from segments.leaves.worth import Asked, compared, measured, wished
from segments.operands import as_number, as_text
from segments.operators import Comparison
from segments.parts import EVENT, FILTERS, Part, windows, words
from segments.passing import changes, passes
from segments.tally import Events, Ints, limits, worth
from segments.windows import EVER, Window
from segments.wishes import Wish
from segments.world import World

# What is computed -> its words. Of no events the sum and the number of values are nought; the others are unknown.
MEASURES: dict[str, str | Promise] = {
    "sum": gettext_lazy("the sum of"),
    "average": gettext_lazy("the average of"),
    "minimum": gettext_lazy("the lowest"),
    "maximum": gettext_lazy("the highest"),
    "distinct": gettext_lazy("the number of different values of"),
}
_NOUGHT = {"sum", "distinct"}
_SQL = {
    "sum": sql.SQL("coalesce(sum({}), 0)"),
    "average": sql.SQL("avg({})"),
    "minimum": sql.SQL("min({})"),
    "maximum": sql.SQL("max({})"),
    "distinct": sql.SQL("count(DISTINCT {})"),
}


@dataclass(frozen=True)
class Measure(Happened):
    """A measure of a property, or of the money of the events, compared with a number.

    As a leaf: who did it in the window, and for whom the comparison holds, or (negated) does not.
    """

    event: str
    measure: str
    property: str
    op: str
    value: Any
    negated: bool = False
    window: Window = EVER
    where: Filters = ()

    key, label, hint = "measure", gettext_lazy("Sum or average"), gettext_lazy("spent over 200 in 90 days")
    form = (
        Part("measure", more={"measures": MEASURES}),
        words(gettext_lazy("in")),
        EVENT,
        windows(),
        Part("comparison", more={"operators": ["over", "under", "between", "is"]}),
        FILTERS,
    )
    starts: ClassVar[dict[str, Any]] = {"sum": "", "op": "over", "within": "90 days"}
    examples = (
        {"sum": "", "event": "Order Completed", "within": "90 days", "op": "over", "value": 200},
        {"distinct": "category", "event": "Product Viewed", "op": "under", "value": 3},
        {"average": "price", "event": "Product Added", "op": "between", "value": [10, 20], "not": True},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        event = event_name(raw, path)
        given = [(measure, raw.pop(measure)) for measure in MEASURES if measure in raw]
        if len(given) != 1:
            raise RuleError(path, _("Choose what to compute: a sum, an average, a minimum, a maximum or a number."))
        ((measure, name),) = given
        operator = operator_of(raw.pop("op", None), path)
        value = operator.clean(raw.pop("value", None), path)
        if not issubclass(operator, Comparison) or isinstance(value, str):
            raise RuleError(path, _("Compare it with a number."))
        return cls(
            event=event,
            measure=measure,
            # "" is the money of the event, in the project's currency.
            property=name if name == "" and measure != "distinct" else property_name(name, path),
            op=operator.key,
            value=tuple(value) if isinstance(value, list) else value,
            negated=raw.pop("not", False) is True,
            window=Window.parse(raw, path),
            where=parse_filters(raw, path),
        )

    def body(self) -> dict[str, Any]:
        return {
            "event": self.event,
            self.measure: self.property,
            **operation_json(self.op, self.value, negated=self.negated),
            **self.window.to_json(),
            **filters_json(self.where),
        }

    def normal(self) -> Rule:
        # Who did nothing satisfies "the sum is under 100" too: then the leaf is of those for whom it is not.
        if self.negated == (self.measure in _NOUGHT and self._holds_for_nought()):
            return self
        return none(replace(self, negated=not self.negated))

    def names(self) -> frozenset[str]:
        return frozenset({self.event})

    def lows(self, at: datetime) -> Mapping[str, datetime]:
        return {self.event: self.window.low(at)}

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        spans = [Span(self.event, low, high) for low, high in self.window.passed(since, until)]
        return [*spans, *self.aged(self.event, self.where, since, until, world)]

    def of_everybody(self, at: datetime, world: World) -> BitMap64:
        found = self._worth(at, world) if self.measure == "sum" and not self.property else None
        if found is None:
            return super().of_everybody(at, world)
        people, sums = found
        unit = 10 ** DIGITS.get(settings.CURRENCY, 2)
        values = self.value if isinstance(self.value, tuple) else (self.value, self.value)
        low, high = (Decimal(str(value)) * unit for value in values)
        least, greatest = limits(self.op, low, high)
        return of_ids(people[((sums >= least) & (sums <= greatest)) != self.negated])

    def query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        return sql.SQL("SELECT profile_id FROM ({}) AS measured WHERE {}").format(
            self._measured(at, world, relation), self._test()
        )

    def sentence(self, world: World) -> str:
        of = self.property or _("the value")
        what = f"{MEASURES[self.measure]} {of}"
        operation = operation_words(self.op, self.value, negated=self.negated)
        parts = [_("%(what)s in %(event)s") % {"what": what, "event": self.event}]
        parts += [self.window.words(), filters_words(self.where), operation]
        return " ".join(part for part in parts if part)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        found = self._found(at, profile_id, world)
        if found is None:
            return number_format(0) if self.measure in _NOUGHT else _("unknown")
        return number_format(round(found, 2).normalize(), use_l10n=True)

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        window, operand = self.window, self._operand()
        if not steady(self.where):
            return unsteady(
                profile_id,
                self.event,
                self.where,
                at=at,
                world=world,
                window=window,
                passing=lambda when: passes(window, when),
            )
        rows = seen(profile_id, self.event, self.where, at=at, world=world, since=reach(window, at), operand=operand)

        def holds(moment: datetime) -> bool:
            low, high = window.low(moment), window.high(moment)
            inside = [value for when, value in rows if low < when <= high]
            found = measured(self.measure, inside) if inside else None
            return found is not None and compared(self.op, found, self.value) is not self.negated

        moments = [moment for when, _value in rows for moment in passes(window, when)]
        return changes(moments, at, holds, whole=bool(window.far) and len(rows) < MOST)

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        if not is_open(self.window, at):
            return None
        found = self._found(at, profile_id, world)
        asked = Asked(self.event, self.measure, self.property, self.op, self.value, self.where)
        return wished(asked, found, wanted=wanted is not self.negated)

    def _found(self, at: datetime, profile_id: int, world: World) -> Decimal | None:
        """What it comes to for one person."""
        if not self.answerable(world):
            return None
        query = sql.SQL("SELECT value FROM ({}) AS measured WHERE profile_id = {}").format(
            self._measured(at, world, EVENTS, profile_id), sql.Literal(profile_id)
        )
        connection.ensure_connection()
        row = connection.connection.execute(query).fetchone()
        return None if row is None or row[0] is None else Decimal(row[0])

    def _holds_for_nought(self) -> bool:
        low, high = self.value if isinstance(self.value, tuple) else (self.value, self.value)
        return bool({"over": low < 0, "under": low > 0, "is": low == 0, "between": low <= 0 <= high}[self.op])

    def _test(self) -> sql.Composable:
        plain = list(self.value) if isinstance(self.value, tuple) else self.value
        operator = operator_of(self.op, "")
        test = operator.compare(sql.Identifier("value"), plain) if issubclass(operator, Comparison) else sql.SQL("NULL")
        # Of events without a number in them the measure is unknown: neither holds.
        return sql.SQL("NOT ({})").format(test) if self.negated else test

    def _measured(self, at: datetime, world: World, relation: sql.Composable, only: int | None = None) -> sql.Composed:
        return sql.SQL(
            "SELECT profile_id, {measure} AS value FROM {relation} WHERE {only} {inside} AND {named}"
            " GROUP BY profile_id"
        ).format(
            measure=_SQL[self.measure].format(self._operand()),
            relation=relation,
            only=sql.SQL("") if only is None else sql.SQL("profile_id = {} AND").format(sql.Literal(only)),
            inside=inside(self.window.low(at), self.window.high(at)),
            named=named(self.event, self.where, at, world),
        )

    def _worth(self, at: datetime, world: World) -> tuple[Ints, Ints] | None:
        tests = tuple(item.holds(at) for item in self.where)
        return worth(Events(world.events[self.event], self.window.low(at), self.window.high(at), tests))

    def _operand(self) -> sql.Composable:
        if not self.property:
            return sql.SQL("(value / {}::numeric)").format(sql.Literal(10 ** DIGITS.get(settings.CURRENCY, 2)))
        operand = Member(sql.SQL("properties"), self.property)
        return as_text(operand) if self.measure == "distinct" else as_number(operand)
