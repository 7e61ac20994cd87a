"""Operators on numbers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operands import as_number
from segments.operators.base import NUMBER, Operator


class Comparison(Operator):
    """An operator on numbers; `compare` asks it of SQL that is a number, and not of a jsonb."""

    @classmethod
    def compare(cls, operand: sql.Composable, value: Any) -> sql.Composable:
        """Boolean SQL over a numeric operand."""
        raise TypeError(cls)

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return cls.compare(as_number(operand), value)


class Over(Comparison):
    key, label, negative = "over", gettext_lazy("is over"), gettext_lazy("is not over")
    becomes = gettext_lazy("%(attribute)s rises above %(value)s")
    ceases = gettext_lazy("%(attribute)s falls to %(value)s or below")
    types, field = (NUMBER,), "number"
    examples = [(5, 4, True), (4, 4, False), (4.5, 4, True), ("9", 4, False), (None, 0, False)]

    @classmethod
    def compare(cls, operand: sql.Composable, value: Any) -> sql.Composable:
        return sql.SQL("{} > {}").format(operand, number(value))


class Under(Comparison):
    key, label, negative = "under", gettext_lazy("is under"), gettext_lazy("is not under")
    becomes = gettext_lazy("%(attribute)s falls below %(value)s")
    ceases = gettext_lazy("%(attribute)s rises to %(value)s or above")
    types, field = (NUMBER,), "number"
    examples = [(3, 4, True), (4, 4, False), (-1e300, 4, True), (True, 4, False), (None, 4, False)]

    @classmethod
    def compare(cls, operand: sql.Composable, value: Any) -> sql.Composable:
        return sql.SQL("{} < {}").format(operand, number(value))


class Between(Comparison):
    key, label, negative = "between", gettext_lazy("is between"), gettext_lazy("is not between")
    becomes = gettext_lazy("%(attribute)s comes to lie between %(value)s")
    ceases = gettext_lazy("%(attribute)s does not lie between %(value)s any more")
    types, field = (NUMBER,), "numbers"
    examples = [(1, [1, 3], True), (3, [1, 3], True), (3.1, [1, 3], False), (None, [1, 3], False)]

    @classmethod
    def compare(cls, operand: sql.Composable, value: Any) -> sql.Composable:
        low, high = map(number, value)
        return sql.SQL("{} BETWEEN {} AND {}").format(operand, low, high)


def number(value: Any) -> sql.Composable:
    """A number of a rule, exactly."""
    return sql.SQL("{}::numeric").format(sql.Literal(Decimal(str(value))))
