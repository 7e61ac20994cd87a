"""What is known about a person: "country is FR"."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.templatetags.people import known_value
from segments.bitmaps import BitMap64, ask_columns, ids_literal
from segments.errors import RuleError
from segments.leaves.base import CREATED, Condition, Rule, Span, none
from segments.operands import as_date
from segments.operators import DATE, Operator, operators
from segments.parts import Part
from segments.passing import flips
from segments.present import PRESENT, is_present
from segments.windows import today
from segments.wishes import Wish
from segments.world import World

# Leaves that share a pass over everybody: reading people costs more than looking at them, up to the timeout.
AT_ONCE = 16


@dataclass(frozen=True)
class Where(Condition):
    """An operator applied to an attribute. Never true of the unknown; its negation includes it."""

    attribute: str
    op: str
    value: Any = None
    negated: bool = False

    key, label, hint = "where", gettext_lazy("Attribute"), gettext_lazy("country, stage, score, consent…")
    common = True
    form = (Part("attribute"),)
    examples = (
        {"attribute": "traits.country", "op": "is", "value": "FR"},
        {"attribute": "traits.age", "op": "between", "value": [18, 25], "not": True},
        {"attribute": "traits.birthday", "op": "anniversary", "value": "7 days"},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Where:
        attribute = raw.pop("attribute", None)
        if not isinstance(attribute, str) or not attribute:
            raise RuleError(path, _("Choose what to look at."))
        operator = operator_of(raw.pop("op", None), path)
        value = operator.clean(raw.pop("value", None), path)
        return cls(attribute, operator.key, _frozen(value), raw.pop("not", False) is True)

    def body(self) -> dict[str, Any]:
        return {"attribute": self.attribute, **operation_json(self.op, self.value, negated=self.negated)}

    def normal(self) -> Rule:
        return none(replace(self, negated=False)) if self.negated else self

    def check(self, world: World, path: str) -> None:
        attribute = world.attributes.get(self.attribute)
        if attribute is None:
            raise RuleError(path, _("“%(key)s” does not exist.") % {"key": self.attribute})
        if attribute.type not in self._operator.types:
            raise RuleError(
                path,
                _("“%(operator)s” cannot be asked of %(attribute)s.")
                % {"operator": self._operator.label, "attribute": attribute.label},
            )

    def asks(self) -> frozenset[str]:
        return frozenset({self.attribute})

    def reads(self, world: World) -> frozenset[str]:
        attribute = world.attributes[self.attribute]
        return frozenset({attribute.topic, CREATED} if attribute.always else {attribute.topic})

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        before, after = today(since), today(until)
        attribute = world.attributes[self.attribute].expression(None)
        moved = self._operator.moved(attribute, self._plain, before, after) if before != after else None
        return [sql.SQL("SELECT p.id AS profile_id FROM {} AND {}").format(PRESENT, moved)] if moved else []

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        if world.past:
            return _ask_the_past(leaves, at, among, world)
        if among is not None:
            source = sql.SQL("{} AND p.id = ANY({})").format(PRESENT, ids_literal(among))
            return ask_columns(
                source,
                {key: leaf.test(world.attributes[leaf.attribute].expression(None), at) for key, leaf in leaves.items()},
            )
        found: dict[int, BitMap64] = {}
        keys = iter(leaves)
        while some := list(islice(keys, AT_ONCE)):
            found |= _ask_everybody({key: leaves[key] for key in some}, at, world)
        return found

    def sentence(self, world: World) -> str:
        attribute = world.attributes.get(self.attribute)
        label = attribute.label if attribute else self.attribute
        return f"{label} {operation_words(self.op, self.value, negated=self.negated)}"

    def recalls(self, world: World) -> bool:
        attribute = world.attributes.get(self.attribute)
        return attribute is not None and attribute.recalls

    def value_for(self, at: datetime, profile_id: int, world: World) -> Any:
        """What is known about one person, or was: a JSON value, None when unknown."""
        query = sql.SQL("SELECT {} FROM profiles_profile AS p WHERE p.id = {}").format(
            world.attributes[self.attribute].expression(at if world.past else None), sql.Literal(profile_id)
        )
        connection.ensure_connection()
        row = connection.connection.execute(query).fetchone()
        return json.loads(row[0]) if row and row[0] else None

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        value = self.value_for(at, profile_id, world)
        return _("unknown") if value is None else known_value(value)

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        attribute = world.attributes[self.attribute].expression(None)
        if DATE not in self._operator.types:
            return []
        known = _look(as_date(attribute), profile_id)
        if known is None:
            return []
        moments = self._operator.midnights(self._plain, known, at)
        tests = [sql.SQL("({}) IS TRUE").format(self.test(attribute, moment)) for moment in [at, *moments]]
        answers = _look(sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(tests)), profile_id)
        return flips(moments, at, dict(zip([at, *moments], answers, strict=True)).__getitem__)

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        text = self._operator.becomes if wanted else self._operator.ceases
        words = str(text) % {
            "attribute": world.attributes[self.attribute].label,
            "operation": operation_words(self.op, self.value, negated=not wanted),
            "value": self._operator.words(self._plain),
        }
        if not wanted:
            return Wish(words, attribute=self.attribute)
        value = {"is": self.value, "any_of": self.value[0] if isinstance(self.value, tuple) else None}.get(self.op)
        return Wish(words, attribute=self.attribute, value=value)

    def unless(self, at: datetime, profile_id: int, world: World, before: bool) -> Wish | None:
        return None  # A date comes, whatever happens.

    def would(self, wish: Wish, at: datetime, profile_id: int, world: World) -> bool | None:
        if wish.attribute != self.attribute or wish.value is None:
            return None
        operand = sql.SQL("{}::jsonb").format(sql.Literal(json.dumps(wish.value)))
        return bool(_look(sql.SQL("({}) IS TRUE").format(self.test(operand, at)), profile_id))

    def test(self, operand: sql.Composable, at: datetime) -> sql.Composable:
        """Boolean SQL over a value, as jsonb: the operation itself, which `negated` does not turn round."""
        return self._operator.holds(operand, self._plain, at)

    @property
    def _operator(self) -> type[Operator]:
        return operators()[self.op]

    @property
    def _plain(self) -> Any:
        return list(self.value) if isinstance(self.value, tuple) else self.value


def _look(expression: sql.Composable, profile_id: int) -> Any:
    """What an expression gives for one person; None when it is unknown."""
    connection.ensure_connection()
    row = connection.connection.execute(
        sql.SQL("SELECT {} FROM profiles_profile AS p WHERE p.id = {}").format(expression, sql.Literal(profile_id))
    ).fetchone()
    return row[0] if row else None


def _ask_everybody(leaves: dict[int, Where], at: datetime, world: World) -> dict[int, BitMap64]:
    """In one pass; what stands in tables of its own is joined once, however many leaves look at it."""
    joins: dict[str, sql.Composable] = {}
    tests = {}
    for key, leaf in leaves.items():
        attribute = world.attributes[leaf.attribute]
        operand = attribute.expression(None)
        if attribute.joined:
            joins[repr(attribute.joined.join)] = attribute.joined.join
            operand = attribute.joined.expression
        tests[key] = leaf.test(operand, at)
    beside = sql.SQL(" ").join(joins.values())
    return ask_columns(sql.SQL("profiles_profile AS p {} WHERE p.merged_into IS NULL").format(beside), tests)


def _ask_the_past(leaves: dict[int, Where], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
    """With the values of that moment, each looked up once per person, however many leaves look at it."""
    tables = {
        key: sql.Identifier(f"then_{number}")
        for number, key in enumerate(dict.fromkeys(leaf.attribute for leaf in leaves.values()))
    }
    joins = [
        sql.SQL("CROSS JOIN LATERAL (SELECT {} AS value OFFSET 0) AS {}").format(
            world.attributes[key].expression(at), table
        )
        for key, table in tables.items()
    ]
    some = sql.SQL("") if among is None else sql.SQL(" AND p.id = ANY({})").format(ids_literal(among))
    source = sql.SQL("profiles_profile AS p {} WHERE {}{}").format(
        sql.SQL(" ").join(joins), is_present(at, world), some
    )
    return ask_columns(
        source,
        {key: leaf.test(sql.SQL("{}.value").format(tables[leaf.attribute]), at) for key, leaf in leaves.items()},
    )


def operator_of(key: object, path: str) -> type[Operator]:
    """The operator of that key, or RuleError: an unknown one is never skipped."""
    found = operators().get(key) if isinstance(key, str) else None
    if found is None:
        raise RuleError(path, _("Choose how to compare: “%(key)s” is no operator.") % {"key": key})
    return found


def operation_json(op: str, value: Any, *, negated: bool) -> dict[str, Any]:
    """The JSON of an operator with its value."""
    plain = list(value) if isinstance(value, tuple) else value
    return {"op": op} | ({} if plain is None else {"value": plain}) | ({"not": True} if negated else {})


def operation_words(op: str, value: Any, *, negated: bool) -> str:
    """ "is not FR", in the reader's language."""
    operator = operators()[op]
    plain = list(value) if isinstance(value, tuple) else value
    label, words = str(operator.negative if negated else operator.label), operator.words(plain)
    return label.replace("…", words) if "…" in label else f"{label} {words}".strip()


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
