"""How templates write about segments."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()


@dataclass(frozen=True)
class Share:
    """A part of everybody: the width of its bar in percent, and the words for it."""

    width: str
    words: str


@register.simple_tag
def share(size: int, everybody: int) -> Share:
    """What part of everybody so many are; little is never shown as nothing."""
    percent = min(100.0, 100 * size / everybody) if everybody else 0.0
    if 0 < percent < 0.1:
        words = "< " + _percent(0.1, 1)
    else:
        words = _percent(percent, 1 if 0 < percent < 10 and round(percent, 1) % 1 else 0)
    return Share(f"{max(percent, 1.0 if size else 0.0):.1f}", words)


@register.filter
def signed(change: int) -> str:
    """+1,234, −5 or ±0."""
    number = number_format(abs(change), use_l10n=True, force_grouping=True)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{number}"


def _percent(value: float, digits: int) -> str:
    return _("%(number)s%%") % {"number": number_format(round(value, digits), digits)}
