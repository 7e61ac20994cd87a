"""Filters of the API's lists that refuse what the database cannot hold, and say so in the API's description."""

from __future__ import annotations

from typing import Any

from django import forms
from django_filters import rest_framework as filters
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
