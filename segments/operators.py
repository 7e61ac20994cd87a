"""The operators of the rule language: one class each, with its words, its SQL and its examples.

A class defined is an operator registered. `holds` is SQL that is true or not true, never an error, for
whatever jsonb the operand holds; it is never true of what is unknown. Negation is not written here: it is
the complement. The examples run against the database as tests, for the operator and for its negation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operands import as_date, as_number, as_text
from segments.values import FIELDS, said
from segments.windows import Duration, today

Example = tuple[Any, Any, bool]  # stored value, value in the rule, does it hold
TEXT, NUMBER, DATE, BOOLEAN, LIST = "text", "number", "date", "boolean", "list"
EVERY_TYPE = (TEXT, NUMBER, DATE, BOOLEAN, LIST)

_registry: dict[str, type[Operator]] = {}


def operators() -> dict[str, type[Operator]]:
    """Every operator by key, in the order in which the builder offers them."""
    return dict(_registry)


class Operator:
    """A question about one value. `field` tells the builder what to ask for: see values.FIELDS."""

    key: ClassVar[str] = ""
    label: ClassVar[str | Promise]
    negative: ClassVar[str | Promise]
    types: ClassVar[tuple[str, ...]]
    field: ClassVar[str]
    examples: ClassVar[Sequence[Example]]

    def __init_subclass__(cls) -> None:
        if cls.key:
            _registry[cls.key] = cls

    @classmethod
    def clean(cls, value: Any, path: str) -> Any:
        """The value of the rule in canonical form, or RuleError."""
        return FIELDS[cls.field](value, path)

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        """Boolean SQL over a jsonb operand."""
        raise TypeError(cls)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        """The days that are a bound of what holds on `day`; empty when time alone changes nothing."""
        return []

    @classmethod
    def words(cls, value: Any) -> str:
        """The value as a marketer reads it."""
        return said(cls.field, value)


class Is(Operator):
    key, label, negative = "is", gettext_lazy("is"), gettext_lazy("is not")
    types, field = (TEXT, NUMBER), "scalar"
    examples = [("FR", "FR", True), ("fr", "FR", False), (None, "FR", False), (3, 3, True), ("3", 3, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        if isinstance(value, str):
            return sql.SQL("{} = {}").format(as_text(operand), sql.Literal(value))
        return sql.SQL("{} = {}").format(as_number(operand), _number(value))


class AnyOf(Operator):
    key, label, negative = "any_of", gettext_lazy("is any of"), gettext_lazy("is none of")
    types, field = (TEXT,), "texts"
    examples = [("FR", ["DE", "FR"], True), ("IT", ["DE", "FR"], False), (None, ["DE"], False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = ANY({}::text[])").format(as_text(operand), sql.Literal(value))


class Contains(Operator):
    key, label, negative = "contains", gettext_lazy("contains"), gettext_lazy("does not contain")
    types, field = (TEXT,), "text"
    examples = [("blue shoes", "shoe", True), ("100%", "0%", True), ("100", "%", False), (None, "a", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("strpos({}, {}) > 0").format(as_text(operand), sql.Literal(value))


class StartsWith(Operator):
    key, label, negative = "starts_with", gettext_lazy("starts with"), gettext_lazy("does not start with")
    types, field = (TEXT,), "text"
    examples = [("/sale/boots", "/sale/", True), ("/x/sale/", "/sale/", False), (None, "/", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("starts_with({}, {})").format(as_text(operand), sql.Literal(value))


class EndsWith(Operator):
    key, label, negative = "ends_with", gettext_lazy("ends with"), gettext_lazy("does not end with")
    types, field = (TEXT,), "text"
    examples = [("a@shop.fr", "shop.fr", True), ("shop.fr.evil", "shop.fr", False), (None, "r", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("right({}, {}) = {}").format(as_text(operand), sql.Literal(len(value)), sql.Literal(value))


class Matches(Operator):
    """A PostgreSQL regular expression. Runs under the statement timeout of whoever asks."""

    key, label, negative = "matches", gettext_lazy("matches pattern"), gettext_lazy("does not match pattern")
    types, field = (TEXT,), "pattern"
    examples = [("AB-12", r"^[A-Z]+-\d+$", True), ("ab", "^[A-Z]+$", False), (None, ".*", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} ~ {}").format(as_text(operand), sql.Literal(value))


class Over(Operator):
    key, label, negative = "over", gettext_lazy("is over"), gettext_lazy("is not over")
    types, field = (NUMBER,), "number"
    examples = [(5, 4, True), (4, 4, False), (4.5, 4, True), ("9", 4, False), (None, 0, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} > {}").format(as_number(operand), _number(value))


class Under(Operator):
    key, label, negative = "under", gettext_lazy("is under"), gettext_lazy("is not under")
    types, field = (NUMBER,), "number"
    examples = [(3, 4, True), (4, 4, False), (-1e300, 4, True), (True, 4, False), (None, 4, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} < {}").format(as_number(operand), _number(value))


class Between(Operator):
    key, label, negative = "between", gettext_lazy("is between"), gettext_lazy("is not between")
    types, field = (NUMBER,), "numbers"
    examples = [(1, [1, 3], True), (3, [1, 3], True), (3.1, [1, 3], False), (None, [1, 3], False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        low, high = map(_number, value)
        return sql.SQL("{} BETWEEN {} AND {}").format(as_number(operand), low, high)


class IsTrue(Operator):
    key, label, negative = "yes", gettext_lazy("is yes"), gettext_lazy("is not yes")
    types, field = (BOOLEAN,), "nothing"
    examples = [(True, None, True), (False, None, False), ("true", None, False), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = 'true'::jsonb").format(operand)


class IsFalse(Operator):
    key, label, negative = "no", gettext_lazy("is no"), gettext_lazy("is not no")
    types, field = (BOOLEAN,), "nothing"
    examples = [(False, None, True), (True, None, False), (0, None, False), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = 'false'::jsonb").format(operand)


class On(Operator):
    key, label, negative = "on", gettext_lazy("is on"), gettext_lazy("is not on")
    types, field = (DATE,), "date"
    examples = [
        ("2026-05-31", "2026-05-31", True),
        ("2026-05-30T22:30:00Z", "2026-05-31", True),
        ("2026-02-31", "2026-03-03", False),
        ("tomorrow", "2026-05-31", False),
    ]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = {}::date").format(as_date(operand), sql.Literal(value))


class Before(Operator):
    key, label, negative = "before", gettext_lazy("is before"), gettext_lazy("is not before")
    types, field = (DATE,), "date"
    examples = [("1979-12-31", "1980-01-01", True), ("1980-01-01", "1980-01-01", False), (None, "1980-01-01", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} < {}::date").format(as_date(operand), sql.Literal(value))


class After(Operator):
    key, label, negative = "after", gettext_lazy("is after"), gettext_lazy("is not after")
    types, field = (DATE,), "date"
    examples = [("1980-01-02", "1980-01-01", True), ("1980-01-01", "1980-01-01", False), ("x", "1980-01-01", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} > {}::date").format(as_date(operand), sql.Literal(value))


class DateBetween(Operator):
    key, label, negative = "date_between", gettext_lazy("is between"), gettext_lazy("is not between")
    types, field = (DATE,), "dates"
    examples = [("1980-01-01", ["1980-01-01", "1995-12-31"], True), ("1996-01-01", ["1980-01-01", "1995-12-31"], False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        low, high = map(sql.Literal, value)
        return sql.SQL("{} BETWEEN {}::date AND {}::date").format(as_date(operand), low, high)


class InTheLast(Operator):
    """From so long ago (not included) to today (included), by days of the project's time zone."""

    key, label, negative = "in_last", gettext_lazy("is in the last"), gettext_lazy("is not in the last")
    types, field = (DATE,), "duration"
    examples = [("2026-06-10", "5 days", False), ("2026-06-11", "5 days", True), ("2026-06-16", "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        day = today(at)
        start, end = sql.Literal(Duration.parse(value, "").before_day(day)), sql.Literal(day)
        return sql.SQL("({0} > {1} AND {0} <= {2})").format(as_date(operand), start, end)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [Duration.parse(value, "").before_day(day), day]


class InTheNext(InTheLast):
    """From today (included) for so long, by days of the project's time zone."""

    key, label, negative = "in_next", gettext_lazy("is in the next"), gettext_lazy("is not in the next")
    examples = [("2026-06-15", "5 days", True), ("2026-06-19", "5 days", True), ("2026-06-20", "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        day = today(at)
        start, end = sql.Literal(day), sql.Literal(Duration.parse(value, "").after_day(day))
        return sql.SQL("({0} >= {1} AND {0} < {2})").format(as_date(operand), start, end)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [day, Duration.parse(value, "").after_day(day)]


class LongerAgo(InTheLast):
    key, label, negative = "longer_ago", gettext_lazy("is more than … ago"), gettext_lazy("is not more than … ago")
    examples = [("2026-06-09", "5 days", True), ("2026-06-10", "5 days", False), (None, "5 days", False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        start = sql.Literal(Duration.parse(value, "").before_day(today(at)))
        return sql.SQL("{} < {}").format(as_date(operand), start)

    @classmethod
    def days(cls, value: Any, day: date) -> list[date]:
        return [Duration.parse(value, "").before_day(day)]


class Known(Operator):
    key, label, negative = "known", gettext_lazy("is known"), gettext_lazy("is unknown")
    types, field = EVERY_TYPE, "nothing"
    examples = [("x", None, True), (0, None, True), (False, None, True), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("jsonb_typeof({}) <> 'null'").format(operand)


def _number(value: Any) -> sql.Composable:
    return sql.SQL("{}::numeric").format(sql.Literal(Decimal(str(value))))
