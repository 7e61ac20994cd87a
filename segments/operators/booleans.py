"""Operators on yes or no."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operators.base import BOOLEAN, Operator


class IsTrue(Operator):
    key, label, negative = "yes", gettext_lazy("is yes"), gettext_lazy("is not yes")
    becomes = gettext_lazy("%(attribute)s becomes yes")
    ceases = gettext_lazy("%(attribute)s is no longer yes")
    types, field = (BOOLEAN,), "nothing"
    examples = [(True, None, True), (False, None, False), ("true", None, False), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = 'true'::jsonb").format(operand)


class IsFalse(Operator):
    key, label, negative = "no", gettext_lazy("is no"), gettext_lazy("is not no")
    becomes = gettext_lazy("%(attribute)s becomes no")
    ceases = gettext_lazy("%(attribute)s is no longer no")
    types, field = (BOOLEAN,), "nothing"
    examples = [(False, None, True), (True, None, False), (0, None, False), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("{} = 'false'::jsonb").format(operand)
