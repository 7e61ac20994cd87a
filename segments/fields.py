"""A rule as a model field: storage, validation, form and widget in one place."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.fields import InvalidJSONInput
from django.forms.widgets import Media, Script
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from segments import catalogue, reading, rules, wording
from segments.errors import RuleError
from segments.world import World


class RuleWidget(forms.Textarea):
    """The rule's JSON in a textarea, which the builder element covers; without JavaScript it can still be edited."""

    template_name = "segments/rule_widget.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 14, "spellcheck": "false", "autocomplete": "off", "class": "k-code", **(attrs or {})})

    @property
    def media(self) -> Media:
        return Media(js=[Script("segments/builder.js", type="module")])  # type: ignore[list-item]  # the stubs know plain paths only

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        addresses = {key: reverse(f"admin:segments_segment_{key}") for key in ("preview", "suggest", "gallery")}
        return context | {"catalogue": catalogue.describe(), "words": wording.words(), "addresses": addresses}

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        # The template is the project's, which the renderer of forms does not look at.
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class RuleFormField(forms.JSONField):
    """Form field of a rule: JSON that the database can keep. What it means, the model field checks."""

    widget = RuleWidget

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        try:
            return reading.read(value)
        except RuleError as error:
            raise ValidationError(error.message, code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, given back as it was typed."""
        return initial if self.disabled else InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> str:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as rules: spaces and line breaks change nothing."""
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


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
