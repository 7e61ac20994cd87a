"""The charts of visits."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from profiles import plots
from tracking.channels import words
from tracking.reports import OTHERS, Series

_BEFORE = "var(--k-strong)"


def channels(series: Series, label: str, height: int = 280, *, compared: bool = False) -> plots.Plot:
    """Visits by channel over time, on top of each other; `compared`: with a line of the period before."""
    axis = {"day": _("Day"), "week": _("Week from"), "month": _("Month from")}[series.step]
    drawn = [
        plots.Series(words(name) or _("Other channels"), numbers, "quiet" if name == OTHERS else "")
        for name, numbers in series.visits.items()
    ]
    found = plots.columns(label, series.buckets, drawn, axis=axis, height=height)
    return _with_before(found, series) if compared and any(series.before) else found


def _with_before(found: plots.Plot, series: Series) -> plots.Plot:
    said = [plots.number(visits) for visits in series.before]
    found.figure.add_scatter(
        name=_("Period before"), x=[day.isoformat() for day in series.buckets], y=series.before, mode="lines+markers",
        line={"color": _BEFORE, "width": 1.5, "dash": "dot"}, marker={"size": 4}, customdata=said,
        hovertemplate="%{customdata}",
    )  # fmt: skip
    name = _("Period before")
    rows = tuple((*row, one) for row, one in zip(found.rows, said, strict=True))
    legend = (*found.legend, (name, _BEFORE))
    return replace(found, columns=(*found.columns, name), rows=rows, legend=legend)
