"""Filters of the API's lists that refuse what the database cannot hold, and say so in the API's description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from drf_spectacular.drainage import set_override

# What a bigint holds.
MOST = 2**63 - 1


class WholeNumberFilter(filters.Filter):
    """A whole number from 0 on, such as an id; what is none is refused with 400."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, help_text=help_text, min_value=0, max_value=MOST, **kwargs)
        schema = {"type": "integer", "format": "int64", "minimum": 0, "maximum": MOST, "description": help_text}
        set_override(self, "field", schema)


class _MomentField(IsoDateTimeField):
    """A time in UTC: Python knows offsets, and the moments at both ends of its calendar, that PostgreSQL does not."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(filters.IsoDateTimeFilter):
    """An ISO 8601 time; what is none is refused with 400."""

    field_class = _MomentField
