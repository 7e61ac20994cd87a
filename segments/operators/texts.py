"""Operators on texts; "is" compares numbers as well."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operands import as_number, as_text
from segments.operators.base import NUMBER, TEXT, Operator
from segments.operators.numbers import Comparison, number


class Is(Comparison):
    key, label, negative = "is", gettext_lazy("is"), gettext_lazy("is not")
    becomes = gettext_lazy("%(attribute)s becomes %(value)s")
    ceases = gettext_lazy("%(attribute)s becomes anything but %(value)s")
    types, field = (TEXT, NUMBER), "scalar"
    examples = [("FR", "FR", True), ("fr", "FR", False), (None, "FR", False), (3, 3, True), ("3", 3, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        if isinstance(value, str):
            return sql.SQL("{} = {}").format(as_text(operand), sql.Literal(value))
        return cls.compare(as_number(operand), value)

    @classmethod
    def compare(cls, operand: sql.Composable, value: Any) -> sql.Composable:
        return sql.SQL("{} = {}").format(operand, number(value))


class AnyOf(Operator):
    key, label, negative = "any_of", gettext_lazy("is any of"), gettext_lazy("is none of")
    becomes = gettext_lazy("%(attribute)s becomes one of %(value)s")
    ceases = gettext_lazy("%(attribute)s becomes none of %(value)s")
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
