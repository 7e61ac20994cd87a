"""Whether there is a value at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.operators.base import EVERY_TYPE, Operator


class Known(Operator):
    key, label, negative = "known", gettext_lazy("is known"), gettext_lazy("is unknown")
    becomes = gettext_lazy("%(attribute)s becomes known")
    ceases = gettext_lazy("%(attribute)s becomes unknown")
    types, field = EVERY_TYPE, "nothing"
    examples = [("x", None, True), (0, None, True), (False, None, True), (None, None, False)]

    @classmethod
    def holds(cls, operand: sql.Composable, value: Any, at: datetime) -> sql.Composable:
        return sql.SQL("jsonb_typeof({}) <> 'null'").format(operand)
