"""A rule as a model field: storage, validation, form and widget in one place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from segments import rules
from segments.errors import RuleError
from segments.world import World


class RuleWidget(forms.Textarea):
    """The rule's JSON in a textarea, which the builder element covers; without JavaScript it can still be edited."""

    template_name = "segments/rule_widget.html"


class RuleFormField(forms.JSONField):
    """Form field of a rule."""

    widget = RuleWidget


class RuleField(models.JSONField):
    """The JSON of a rule. Reading a row builds nothing; validation reads the rule and checks its meaning."""

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        try:
            rules.check(rules.parse(value), World.now())
        except RuleError as error:
            raise ValidationError(str(error), code="rule") from error

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": RuleFormField, **kwargs})
