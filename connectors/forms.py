"""Forms of connections, drawn from what an adapter says that it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors import schedules
from connectors.adapters.base import Adapter, Setting
from connectors.models import Connection

_BEFORE = "setting_"
SCHEDULES: Final[list[tuple[int, str | Promise]]] = [
    (60, gettext_lazy("Every minute")),
    (300, gettext_lazy("Every 5 minutes")),
    (900, gettext_lazy("Every 15 minutes")),
    (3600, gettext_lazy("Every hour")),
    (21_600, gettext_lazy("Every 6 hours")),
    (86_400, gettext_lazy("Once a day")),
]


class AdapterForm(forms.Form):
    """The lines of an adapter's form; subclasses put their own before."""

    def __init__(
        self, settings: Sequence[Setting], *args: Any, known: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._settings = settings
        for setting in settings:
            self.fields[_BEFORE + setting.key] = _field(setting, (known or {}).get(setting.key, setting.default))
        # Whether it may call into a private network is asked last: it is about the addresses above.
        if "allow_private" in self.fields:
            self.fields["allow_private"] = self.fields.pop("allow_private")
        for name, field in self.fields.items():
            _dress(field, f"id_{name}")

    def full_clean(self) -> None:
        """What is wrong is said to those who do not see the colour, too."""
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def config(self) -> dict[str, Any]:
        """What is no secret, as entered."""
        return {
            each.key: self.cleaned_data[_BEFORE + each.key]
            for each in self._settings
            if not each.secret and self.cleaned_data.get(_BEFORE + each.key) not in {None, ""}
        }

    def secrets(self) -> dict[str, str]:
        """The secrets that were entered."""
        return {
            each.key: self.cleaned_data[_BEFORE + each.key]
            for each in self._settings
            if each.secret and self.cleaned_data.get(_BEFORE + each.key)
        }


class ConnectForm(AdapterForm):
    """A new connection."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=Connection._meta.get_field("name").max_length)
    allow_private = forms.BooleanField(
        label=gettext_lazy("May be on a private network"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise only public addresses are called. For a system on this machine or in your network."
        ),
    )

    def __init__(self, kind: type[Adapter], *args: Any, **kwargs: Any) -> None:
        super().__init__(kind.settings, *args, **kwargs)
        self.fields["name"].initial = kind.label


class SettingsForm(AdapterForm):
    """What is no secret, of a connection that exists."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=Connection._meta.get_field("name").max_length)
    every = forms.TypedChoiceField(label=gettext_lazy("Runs"), coerce=int)
    allow_private = ConnectForm.base_fields["allow_private"]

    def __init__(self, connection: Connection, kind: type[Adapter], *args: Any, **kwargs: Any) -> None:
        self._connection = connection
        plain = [each for each in kind.settings if not each.secret]
        first = {"name": connection.name, "every": connection.every, "allow_private": connection.allow_private}
        super().__init__(plain, *args, known=connection.config, initial=first, **kwargs)
        usual = dict(SCHEDULES)
        # A schedule that somebody set elsewhere stays what it is.
        own = {} if connection.every in usual else {connection.every: f"{connection.every} s"}
        self.fields["every"].choices = list((own | usual).items())  # type: ignore[attr-defined]  # of a choice field

    def clean_name(self) -> str:
        """No two connections have one name."""
        name = str(self.cleaned_data["name"])
        if Connection.objects.exclude(pk=self._connection.pk).filter(name=name).exists():
            raise ValidationError(_("There is a connection of this name already."))
        return name

    def save(self) -> None:
        """Change the connection."""
        connection = self._connection
        connection.name, connection.every = self.cleaned_data["name"], self.cleaned_data["every"]
        connection.allow_private = self.cleaned_data["allow_private"]
        connection.config = self.config()
        connection.save(update_fields=["name", "every", "allow_private", "config"])
        schedules.match()


class CredentialsForm(AdapterForm):
    """Secrets only. What was entered before is shown to nobody, so the fields are empty."""

    def __init__(self, kind: type[Adapter], *args: Any, **kwargs: Any) -> None:
        super().__init__([each for each in kind.settings if each.secret], *args, **kwargs)


def _field(setting: Setting, value: Any) -> forms.Field:
    about: dict[str, Any] = {"label": setting.label, "help_text": setting.help, "required": setting.required}
    match setting.kind:
        case "boolean":
            return forms.BooleanField(**(about | {"required": False}), initial=value)
        case "number":
            return forms.IntegerField(**about, initial=value, min_value=0, max_value=2**31 - 1)
        case "secret":
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            return forms.CharField(**about, widget=widget, max_length=4000)
        case "url":
            return AddressField(**about, initial=value, max_length=1000)
        case _:
            return forms.CharField(**about, initial=value, max_length=1000)


class AddressField(forms.CharField):
    """An address of the web: unlike Django's, of a machine without a dot in its name too."""

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value)).rstrip("/")
        parts = urlsplit(text) if text else None
        if parts and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.username):
            raise ValidationError(
                _("An address that begins with https:// is wanted, for example https://crm.example.org.")
            )
        return text


def _dress(field: forms.Field, id_: str) -> None:
    attributes = field.widget.attrs
    if not isinstance(field.widget, forms.CheckboxInput):
        attributes["class"] = "k-select" if isinstance(field.widget, forms.Select) else "k-input"
    if field.help_text:
        attributes["aria-describedby"] = f"{id_}_helptext"
