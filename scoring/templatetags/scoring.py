"""How templates write about scores."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import Form
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from profiles.money import worded
from profiles.plots import number, share
from scoring.wording import frozen_words, rule_words, where_words
from scoring.wording import signed as signed_words

register = template.Library()

_MORE = ("within", "group", "label", "where")


@register.filter
def signed(points: float) -> str:
    """+20 or −5."""
    return signed_words(points)


@register.filter
def frozen(error: str) -> str:
    """Why a score is frozen."""
    return frozen_words(error)


@register.filter
def plain_number(value: float | None) -> str:
    """1,234 or 12.5."""
    return "—" if value is None else number(value)


@register.filter
def kept_words(row: Form) -> str:
    """The condition that a row keeps, in words."""
    kept = row["kept"].value()
    try:
        return rule_words(json.loads(kept) if isinstance(kept, str) and kept else kept)
    except ValueError:  # What somebody sent is none: the field says so.
        return ""


@register.filter
def more_words(row: Form) -> str:
    """What is said below "More", in a few words."""
    within, group, label, _where = (row[name].value() for name in _MORE)
    said = [
        _("in the last %(days)s days") % {"days": within} if within else "",
        _("group “%(group)s”") % {"group": group} if group else "",
        _("shown as “%(label)s”") % {"label": label} if label else "",
        where_words(row.initial.get("where")),
    ]
    return " · ".join(words for words in said if words)


@register.filter
def more_errors(row: Form) -> bool:
    """Whether something below "More" is wrong."""
    return any(name in row.errors for name in _MORE) if row.is_bound else False


@register.simple_tag
def segment_of(name: str, rule: dict[str, Any]) -> str:
    """The address of the builder that begins with this rule."""
    return f"{reverse('admin:segments_segment_add')}?{urlencode({'name': name, 'rule': json.dumps(rule)})}"


@register.filter
def seconds(milliseconds: int) -> str:
    """0.4 or 12."""
    return number(round(milliseconds / 1000, 1 if milliseconds < 10_000 else 0))


@register.filter
def named(band: str, score: str) -> str:
    """What a segment of a band may be called."""
    return f"{score}: {band}"


@register.filter
def part_of(part: int, whole: int) -> str:
    """12%."""
    return share(part / whole) if whole else "—"


@register.filter
def amount_in(minor: int, currency: str) -> str:
    """An amount in minor units of a currency."""
    return worded(minor, currency)


@register.filter
def lasting(since: datetime) -> str:
    """3 weeks: how long something has lasted."""
    if timezone.now() - since < timedelta(minutes=1):
        return _("less than a minute")
    return str(timesince(since, depth=1))
