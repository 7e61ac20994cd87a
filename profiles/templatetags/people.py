"""How templates write about people."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from django import template
from django.template.defaultfilters import date as date_filter
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from profiles import money as amounts

register = template.Library()

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# Colours of initials and chips; kith.css has one rule for each.
HUES = 8
# What stages usually mean; any other stage is shown in a neutral colour.
_STAGES = {
    "visitor": "quiet",
    "lead": "info",
    "prospect": "info",
    "trial": "info",
    "customer": "good",
    "active": "good",
    "vip": "gold",
    "lapsed": "warn",
    "at risk": "warn",
    "churned": "bad",
    "lost": "bad",
}


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = [word for word in str(name).split("@")[0].replace(".", " ").split() if word[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else ""


@register.filter
def hue(person_id: int) -> int:
    """Always the same colour for the same person."""
    return int(person_id) * 5 % HUES


@register.filter
def stage_tone(stage: str) -> str:
    """The colour that a stage is shown in."""
    return _STAGES.get(str(stage).lower(), "quiet")


@register.filter
def stage_words(stage: str) -> str:
    """A stage as it is shown: Customer, but VIP."""
    words = str(stage).replace("_", " ")
    return words.upper() if len(words) <= 3 else words[:1].upper() + words[1:]


@register.filter
def ago(moment: datetime | str | None) -> SafeString | str:
    """How long ago, with the exact time behind it. A template gives "" for what is not there."""
    if not isinstance(moment, datetime):
        return "—"
    local = timezone.localtime(moment)
    past = timezone.now() - local
    young = past.total_seconds() < 60
    words = _("just now") if young else _("%(time)s ago") % {"time": timesince(local, depth=1)}
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), date_filter(local, "DATETIME_FORMAT"), words
    )


@register.filter
def money(minor: int | None) -> str:
    """An amount in minor units of the project's currency."""
    return amounts.worded(minor) if minor is not None else ""


@register.filter
def known_value(value: Any) -> str:
    """A trait or a property in plain words."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value) or "—"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2)
    return _plain_words(value)


def _plain_words(value: Any) -> str:
    if isinstance(value, float):
        return str(number_format(value))
    if isinstance(value, str) and _DATE.fullmatch(value):
        with suppress(ValueError):  # no such day
            return str(date_format(date.fromisoformat(value), "DATE_FORMAT"))
    return str(value)


@register.filter
def nested(value: Any) -> bool:
    """Whether a value wants lines of its own."""
    return isinstance(value, dict) or (
        isinstance(value, list) and not all(isinstance(item, str | int | float) for item in value)
    )
