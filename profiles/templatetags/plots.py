"""How templates show charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString

from profiles.plots import Plot

register = template.Library()

_WIDTH, _HEIGHT, _EDGE = 96, 26, 2


@register.inclusion_tag("kith/plot.html")
def plot(drawn: Plot, title: str = "") -> dict[str, Any]:
    """A chart with its table. `title` is written above it."""
    return {"plot": drawn, "title": title, "carried": json_script(drawn.to_json())}


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """A small line without axes, for a cell of a table; `label` says in words what it shows."""
    if len(values) < 2:
        return SafeString("")
    low, high = min(values), max(values)
    step = (_WIDTH - 2 * _EDGE) / (len(values) - 1)
    scale = (_HEIGHT - 2 * _EDGE) / (high - low) if high > low else 0
    level = _HEIGHT / 2 if high == low else _HEIGHT - _EDGE
    points = " ".join(
        f"{_EDGE + place * step:.1f},{level - (value - low) * scale:.1f}" for place, value in enumerate(values)
    )
    return format_html(
        '<svg class="k-spark" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">'
        '<polyline points="{}"/></svg>',
        label, _WIDTH, _HEIGHT, _WIDTH, _HEIGHT, points,
    )  # fmt: skip
