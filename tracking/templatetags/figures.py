"""How templates write figures that are compared: shares, and how much more or less than before."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from profiles.money import worded

register = template.Library()

# In minor units.
_POCKET = 10_000
_MINUS = "−"
# Beyond this a percentage says less than "many times".
_MANY = 1000


@register.filter
def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent, "—" for one of nothing."""
    if value is None:
        return "—"
    return _("%(number)s%%") % {"number": number_format(round(value, digits), digits)}


@register.filter
def signed(value: int | None) -> str:
    """+12, −3 or ±0."""
    if value is None:
        return "—"
    number = number_format(abs(value), use_l10n=True, force_grouping=True)
    return f"{'+' if value > 0 else _MINUS if value < 0 else '±'}{number}"


@register.filter
def whole_money(minor: int | None) -> str:
    """An amount at a glance: without cents as soon as it is more than pocket money."""
    if minor is None:
        return "—"
    return worded(minor, whole=abs(minor) >= _POCKET)


@register.simple_tag
def delta(now: float | None, before: float | None, words: str = "") -> SafeString:
    """How much more or less than before, in percent; `words` say before what, for those who do not see the page."""
    if now is None or not before:
        return format_html('<span class="d-delta">{}</span>', _("new")) if now else SafeString("")
    change = 100 * (now - before) / abs(before)
    if abs(change) < 0.05:
        tone, said = "", "±" + percent(0, 0)
    elif change > _MANY:
        tone, said = "d-up", _("%(number)s times") % {"number": number_format(round(now / before), 0)}
    else:
        digits = 1 if abs(change) < 10 else 0
        tone, sign = ("d-up", "+") if change > 0 else ("d-down", _MINUS)
        said = sign + percent(abs(change), digits)
    return format_html('<span class="d-delta {}">{}<span class="k-says"> {}</span></span>', tone, said, words)
