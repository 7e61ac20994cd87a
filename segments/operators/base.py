"""What an operator is: a question about one value.

A class defined is an operator registered. `holds` is SQL that is true or not true, never an error, for
whatever jsonb the operand holds; it is never true of what is unknown. Negation is not written here: it is
the complement. The examples run against the database as tests, for the operator and for its negation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operands import as_date
from segments.values import FIELDS, said
from segments.windows import midnight, today

Example = tuple[Any, Any, bool]  # stored value, value in the rule, does it hold
TEXT, NUMBER, DATE, BOOLEAN, LIST = "text", "number", "date", "boolean", "list"
EVERY_TYPE = (TEXT, NUMBER, DATE, BOOLEAN, LIST)

_MARGIN = timedelta(days=1)
_registry: dict[str, type[Operator]] = {}


def operators() -> dict[str, type[Operator]]:
    """Every operator by key, in the order in which the builder offers them."""
    return dict(_registry)


class Operator:
    """A question about one value. `field` tells the builder what to ask for: see values.FIELDS."""

    key: ClassVar[str] = ""
    label: ClassVar[str | Promise]
    negative: ClassVar[str | Promise]
    # What a wish says: that it comes true of an attribute, or is true no more; `operation` is the label with the value.
    becomes: ClassVar[str | Promise] = gettext_lazy("%(attribute)s becomes such that it %(operation)s")
    ceases: ClassVar[str | Promise] = gettext_lazy("%(attribute)s becomes such that it %(operation)s")
    types: ClassVar[tuple[str, ...]]
    field: ClassVar[str]
    # Time alone may change the answer.
    moves: ClassVar[bool] = False
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
    def moved(cls, operand: sql.Composable, value: Any, before: date, after: date) -> sql.Composable | None:
        """Boolean SQL: for which operands the answer may differ between two days. None: for none.

        Those that a bound went over, with a day's margin on both sides.
        """
        bounds = zip(cls.days(value, before), cls.days(value, after), strict=True)
        spans = [
            sql.SQL("{} BETWEEN {} AND {}").format(
                as_date(operand), sql.Literal(min(pair) - _MARGIN), sql.Literal(max(pair) + _MARGIN)
            )
            for pair in bounds
        ]
        return sql.SQL("({})").format(sql.SQL(" OR ").join(spans)) if spans else None

    @classmethod
    def turns(cls, value: Any, known: date, day: date) -> list[date]:
        """The days from `day` on whose beginning may change the answer for a known date; the first of them."""
        return []

    @classmethod
    def midnights(cls, value: Any, known: date, at: datetime) -> list[datetime]:
        """The moments after `at` at which the answer for a known date may change: the first of them, in their order."""
        try:
            days = cls.turns(value, known, today(at))
            return sorted({moment for day in days if (moment := midnight(day)) > at})
        except (ValueError, OverflowError):  # Some write "never" as 9999-12-31: nothing comes after it.
            return []

    @classmethod
    def words(cls, value: Any) -> str:
        """The value as a marketer reads it."""
        return said(cls.field, value)
