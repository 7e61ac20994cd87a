"""How the configuration of a method is edited: fields in, JSON out, and a mistake beside the field that it is about.

A method without an editor of its own is edited as JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from scoring.errors import ScoreError
from scoring.forms import (
    BandRows,
    CapRows,
    ItemForm,
    ItemRows,
    JsonForm,
    LimitsForm,
    RfmForm,
    plain,
    segment_choices,
    what_choices,
)

# Without JavaScript no row can be added, so that some are there to be filled in.
_SPARE = 2
_KEPT = "kept"


class Editor(Protocol):
    """The fields of a configuration; `template` draws them."""

    template: str

    def __init__(self, config: Mapping[str, Any], data: QueryDict | None) -> None: ...

    def is_valid(self) -> bool:
        """Whether the fields can be read."""

    def config(self) -> dict[str, Any]:
        """The configuration that the fields say."""

    def place(self, error: ScoreError) -> str:
        """Put a mistake beside its field; what has no field is given back, to be said above all of them."""


class PointsEditor:
    """Rules as rows, caps of groups, bands, and what holds for the whole."""

    template = "scoring/edit/points.html"

    def __init__(self, config: Mapping[str, Any], data: QueryDict | None) -> None:
        audience, kept = _audience(config.get("audience"))
        limits = {key: config.get(key) for key in ("most", "least", "notable")} | {"audience": audience, "kept": kept}
        caps = [{"group": group, "most": cap.get("most")} for group, cap in (config.get("groups") or {}).items()]
        choices = what_choices()
        items = [ItemForm.begin(item) for item in config.get("items") or []]
        self.items = _rows(ItemRows, "items", items, data, {"choices": choices})
        self.caps = _rows(CapRows, "caps", caps, data, {})
        self.bands = _rows(BandRows, "bands", list(config.get("bands") or []), data, {})
        self.limits = LimitsForm(data, initial=limits, prefix="limits", segments=segment_choices())

    def is_valid(self) -> bool:
        # Each of them, so that all mistakes are said at once.
        return all([self.items.is_valid(), self.caps.is_valid(), self.bands.is_valid(), self.limits.is_valid()])

    def config(self) -> dict[str, Any]:
        cleaned = self.limits.cleaned_data
        audience = cleaned["kept"] if cleaned["audience"] == _KEPT else _in_segment(cleaned["audience"])
        config: dict[str, Any] = {"items": [form.item() for form in _filled(self.items)]}
        caps = {form.cleaned_data["group"]: {"most": plain(form.cleaned_data["most"])} for form in _filled(self.caps)}
        whole = {key: plain(cleaned[key]) for key in ("most", "least", "notable")}
        config |= {"groups": caps} if caps else {}
        config |= {key: value for key, value in whole.items() if value is not None}
        config |= {"audience": audience} if audience else {}
        bands = [_band(form.cleaned_data) for form in _filled(self.bands)]
        return config | ({"bands": bands} if bands else {})

    def place(self, error: ScoreError) -> str:
        part, _dot, rest = error.path.partition(".")
        if part in {"items", "bands"} and rest:
            forms_ = _filled(self.items if part == "items" else self.bands)
            at, _dot, field = rest.partition(".")
            if at.isdecimal() and int(at) < len(forms_):
                form = forms_[int(at)]
                name = {"rule": "what", "event": "what", "per": "often"}.get(field.partition(".")[0], field)
                form.add_error(name if name in form.fields else None, error.message)
                return ""
        if part == "groups" and rest:
            for form in _filled(self.caps):
                if form.cleaned_data["group"] == rest.removesuffix(".most"):
                    form.add_error("most" if rest.endswith(".most") else "group", error.message)
                    return ""
        if part in self.limits.fields:
            self.limits.add_error(part, error.message)
            return ""
        return error.message

    @property
    def groups(self) -> list[str]:
        """The names of groups so far, to be suggested."""
        named = [form["group"].value() for rows in (self.items, self.caps) for form in rows.forms]
        return sorted({name for name in named if name})


class RfmEditor:
    """The purchase, what takes off of it, and the days."""

    template = "scoring/edit/rfm.html"

    def __init__(self, config: Mapping[str, Any], data: QueryDict | None) -> None:
        self.form = RfmForm(data, initial={"within": 365} | dict(config), prefix="rfm")

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def config(self) -> dict[str, Any]:
        return {key: value for key, value in self.form.cleaned_data.items() if value}

    def place(self, error: ScoreError) -> str:
        return _place(self.form, error)


class JsonEditor:
    """Whatever the method understands."""

    template = "scoring/edit/json.html"

    def __init__(self, config: Mapping[str, Any], data: QueryDict | None) -> None:
        self.form = JsonForm(data, initial={"config": dict(config)}, prefix="json")

    def is_valid(self) -> bool:
        return self.form.is_valid()

    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.form.cleaned_data["config"]
        return config

    def place(self, error: ScoreError) -> str:
        self.form.add_error("config", str(error))
        return ""


_EDITORS: dict[str, type[Editor]] = {"points": PointsEditor, "rfm": RfmEditor}


def editor(method: str) -> type[Editor]:
    """How configurations of this method are edited."""
    return _EDITORS.get(method, JsonEditor)


def _rows(
    rows: Any, prefix: str, initial: list[dict[str, Any]], data: QueryDict | None, options: dict[str, Any]
) -> Any:
    made = rows(data, initial=initial, prefix=prefix, form_kwargs=options)
    made.extra = _SPARE if data is None else 0
    return made


def _filled(rows: Any) -> list[Any]:
    """The rows that say something, in their order."""
    return [form for form in rows.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]


def _band(cleaned: dict[str, Any]) -> dict[str, Any]:
    bounds = {key: plain(cleaned[key]) for key in ("enter", "leave")}
    band = {"name": cleaned["name"]} | {key: value for key, value in bounds.items() if value is not None}
    return band | ({"tone": cleaned["tone"]} if cleaned["tone"] else {})


def _audience(rule: Any) -> tuple[str, Any]:
    """The choice that a rule is, and the rule where it is none that can be chosen."""
    if not rule:
        return "", None
    inside = rule.get("in") if isinstance(rule, dict) and len(rule) == 1 else None
    if isinstance(inside, dict) and isinstance(inside.get("segment"), str):
        return f"segment:{inside['segment']}", None
    return _KEPT, rule


def _in_segment(choice: str) -> dict[str, Any] | None:
    slug = choice.removeprefix("segment:")
    return {"in": {"segment": slug}} if slug else None


def _place(form: forms.Form, error: ScoreError) -> str:
    field = error.path.partition(".")[0]
    if field not in form.fields:
        return error.message or _("This cannot be saved.")
    form.add_error(field, error.message)
    return ""
