"""A rule as a model field: storage, validation, form and widget in one place."""

from __future__ import annotations

from django.db import models


class RuleField(models.JSONField):
    """The JSON of a rule (segments.rules)."""
