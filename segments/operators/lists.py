"""Operators on lists, such as the tags of a person. An element is compared by its text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operators.base import LIST, Operator

_ELEMENTS = sql.SQL(
    "FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof({0}) = 'array' THEN {0} ELSE '[]' END) AS element"
    " WHERE element = ANY({1}::text[])"
)


class HasAny(Operator):
    key, label, negative = "has_any", gettext_lazy("has any of"), gettext_lazy("has none of")
    types, field = (LIST,), "texts"
    examples = [
        (["hiking", "ski"], ["ski", "climbing"], True),
        (["hiking"], ["ski"], False),
        ([7], ["7"], True),
        ("ski", ["ski"], False),
        (None, ["ski"], False),
    ]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("EXISTS (SELECT {})").format(_ELEMENTS.format(operand, sql.Literal(value)))


class HasAll(Operator):
    key, label, negative = "has_all", gettext_lazy("has all of"), gettext_lazy("does not have all of")
    types, field = (LIST,), "texts"
    examples = [(["hiking", "ski"], ["ski", "hiking"], True), (["ski", "ski"], ["ski", "hiking"], False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        found = _ELEMENTS.format(operand, sql.Literal(value))
        return sql.SQL("(SELECT count(DISTINCT element) {}) = {}").format(found, sql.Literal(len(value)))


class IsEmpty(Operator):
    """There is a list, without anything in it. Where there is none, it is unknown whether it would be empty."""

    key, label, negative = "empty", gettext_lazy("is empty"), gettext_lazy("is not empty")
    types, field = (LIST,), "nothing"
    examples = [([], None, True), (["ski"], None, False), ("", None, False), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = '[]'::jsonb").format(operand)
