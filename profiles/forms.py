"""Forms of this app's pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from profiles.models import Source


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A source, with its websites one a line."""

    allowed_origins = LinesField(
        label=_("Allowed websites"),
        required=False,
        help_text=_("One a line, for example https://shop.example. Empty: any website may use the key."),
    )

    class Meta:
        model = Source
        fields = ("name", "kind", "enabled", "precedence", "country", "purpose", "allowed_origins", "quarantine_quota")

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_allowed_origins(self) -> list[str]:
        """Only what a browser sends as an Origin can ever match."""
        origins: list[str] = self.cleaned_data["allowed_origins"]
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/"):
                raise ValidationError(_("“%(origin)s” is no website's address."), params={"origin": origin})
        return [origin.rstrip("/") for origin in origins]
