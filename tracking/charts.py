"""The charts of visits."""

from __future__ import annotations

from django.utils.translation import gettext as _

from profiles import plots
from tracking.reports import OTHERS, Series


def channels(series: Series, label: str, height: int = 280) -> plots.Plot:
    """Visits by channel over time, on top of each other."""
    axis = {"day": _("Day"), "week": _("Week from"), "month": _("Month")}[series.step]
    drawn = [
        plots.Series(name or _("Other channels"), numbers, "quiet" if name == OTHERS else "")
        for name, numbers in series.visits.items()
    ]
    return plots.columns(label, series.buckets, drawn, axis=axis, height=height)
