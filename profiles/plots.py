"""Charts in the house's style: plotly makes the figure here, static/kith/plots.js draws it in the browser.

Colours are CSS variables (`var(--k-plot-1)`), which the browser turns into those of the light or the dark theme.
A chart always carries its figures as a table too: for screen readers, for browsers without JavaScript, for copying.

    Plot = plots.lines(_("Members per day"), days, [plots.Series(_("VIP"), sizes)])
    {% load plots %} {% plot members %}
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from plotly import graph_objects as go

from profiles import money

Text = str | Promise
Across = Sequence[date | datetime | float | str | Promise]
# Series take them in this order; plots.css has a light and a dark tone for each. Meanings are colours by name.
SERIES = tuple(f"var(--k-plot-{number})" for number in range(1, 9))
COLOURS = {name: f"var(--k-plot-{name})" for name in ("good", "warn", "bad", "gold", "info", "quiet")}
# The bar that names are written beside, in pixels, with its gap.
_BAR = 34
_MANY = 60
_HOURS_SHOWN = timedelta(days=2)
# A bar so many times as high as the next is cut.
_DWARFS = 4


def number(value: float) -> str:
    """1,234 or 12.5, as the language writes it."""
    whole = float(value).is_integer()
    return str(formats.number_format(int(value) if whole else round(value, 2), use_l10n=True, force_grouping=True))


def share(value: float) -> str:
    """12% of 0.12."""
    return _("%(percent)s%%") % {"percent": formats.number_format(100 * value, 0 if value >= 0.1 else 1)}


@dataclass(frozen=True)
class Unit:
    """What values are: `words` writes one for a tooltip or the table, the axis divides by `scale`."""

    words: Callable[[float], str] = number
    scale: float = 1
    tick_format: str = ""


COUNT = Unit()
# Values from 0 to 1.
SHARE = Unit(share, tick_format=".0%")


def amounts() -> Unit:
    """Values in minor units of the project's currency."""
    return Unit(lambda minor: money.worded(int(minor)), scale=10 ** money.DIGITS.get(settings.CURRENCY, 2))


@dataclass(frozen=True)
class Plot:
    """A figure with what it says in words: `label` in one sentence, `columns` and `rows` in full. Height in pixels.

    `legend` is (name, CSS colour) of each series, when there is more than one.
    """

    figure: go.Figure
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    height: int = 260
    legend: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What plots.js draws: `{"data": [...], "layout": {...}}`."""
        found: dict[str, Any] = json.loads(self.figure.to_json())
        return {"data": found["data"], "layout": found["layout"]}


@dataclass(frozen=True)
class Series:
    """Values of one name, as many as there are places across; None leaves a gap. `colour` is a key of COLOURS."""

    name: Text
    values: Sequence[float | None]
    colour: str = ""


def lines(
    label: Text, across: Across, series: Sequence[Series], *, axis: Text = "", unit: Unit = COUNT,
    filled: bool = False, steps: bool = False, height: int = 260,
) -> Plot:  # fmt: skip
    """Values over time. `axis` names the places across ("Day"); `filled` shades the area below a single line.

    `steps`: a value holds until the next one comes.
    """
    across, series = list(across), _coloured(series)
    mode = "lines+markers" if len(across) == 1 else "lines"
    fill = {"fill": "tozeroy", "fillcolor": "var(--k-plot-shade)"} if filled else {}
    traces = [
        go.Scatter(
            **_points(across, one, unit), mode=mode, **fill,
            line={"color": one.colour, "width": 2.25, "shape": "hv" if steps else "linear"},
        )
        for one in series
    ]  # fmt: skip
    figure = _figure(traces, unit)
    figure.update_layout(hovermode="x unified")
    _across(figure, across)
    return Plot(figure, str(label), *_table(axis or _("Day"), across, series, unit), height, _legend(series))


def columns(
    label: Text, across: Across, series: Sequence[Series], *, axis: Text = "", unit: Unit = COUNT, height: int = 260
) -> Plot:
    """Upright bars, those of several series on top of each other."""
    across, series = list(across), _coloured(series)
    traces = [go.Bar(**_points(across, one, unit), marker={"color": one.colour}) for one in series]
    figure = _figure(traces, unit)
    figure.update_layout(barmode="stack", hovermode="x unified" if len(series) > 1 else "closest")
    _across(figure, across)
    return Plot(figure, str(label), *_table(axis or _("Day"), across, series, unit), height, _legend(series))


def bars(
    label: Text, names: Sequence[Text], values: Sequence[float], *, axis: Text = "", measure: Text = "",
    unit: Unit = COUNT, colours: Sequence[str] = (),
) -> Plot:  # fmt: skip
    """Lying bars, one for each name from top to bottom, its value written beside it. As high as it has bars."""
    said = [unit.words(value) for value in values]
    trace = go.Bar(
        x=list(values), y=[_plain(name) for name in names], orientation="h", text=said, textposition="outside",
        cliponaxis=False, hoverinfo="skip", marker={"color": [_colour(key, 0) for key in colours] or SERIES[0]},
    )  # fmt: skip
    figure = _figure([trace])
    # Room for the value beside the longest bar.
    figure.update_xaxes(visible=False, range=[0, (max(values, default=0) or 1) * 1.18])
    figure.update_yaxes(
        autorange="reversed",
        rangemode="normal",
        showgrid=False,
        ticklabelstandoff=8,
        type="category",
        nticks=len(names),
    )
    figure.update_layout(bargap=0.35, margin={"t": 4, "b": 4})
    rows = tuple((str(name), words_) for name, words_ in zip(names, said, strict=True))
    return Plot(figure, str(label), (str(axis or _("Name")), str(measure or _("Value"))), rows, _BAR * len(names) + 12)


def histogram(
    label: Text, edges: Sequence[float], counts: Sequence[float], *, axis: Text = "", measure: Text = "",
    height: int = 240,
) -> Plot:  # fmt: skip
    """How many have a value from one edge to the next: one more edge than counts."""
    starts, ends = edges[:-1], edges[1:]
    ranges = [f"{number(start)} – {number(end)}" for start, end in zip(starts, ends, strict=True)]
    said = [number(count) for count in counts]
    trace = go.Bar(
        x=[(start + end) / 2 for start, end in zip(starts, ends, strict=True)], y=list(counts),
        width=[end - start for start, end in zip(starts, ends, strict=True)],
        customdata=list(zip(ranges, said, strict=True)),
        hovertemplate="%{customdata[0]}<br><b>%{customdata[1]}</b><extra></extra>",
        marker={"color": SERIES[0], "line": {"width": 1, "color": "var(--k-card)"}},
    )  # fmt: skip
    figure = _figure([trace])
    figure.update_layout(bargap=0, margin={"t": 8})
    figure.update_xaxes(range=[edges[0], edges[-1]] if len(edges) > 1 else None, title={"text": _plain(axis)})
    _cut(figure, counts, edges)
    rows = tuple(zip(ranges, said, strict=True))
    return Plot(figure, str(label), (str(axis or _("From – to")), str(measure or _("People"))), rows, height)


def _cut(figure: go.Figure, counts: Sequence[float], edges: Sequence[float]) -> None:
    """One bar that dwarfs all others (everybody at nought) is cut, and says how high it is."""
    if len(counts) < 3:
        return
    highest, second = sorted(counts, reverse=True)[:2]
    if not second or highest < _DWARFS * second:
        return
    at, top = list(counts).index(highest), 1.6 * second
    figure.update_yaxes(range=[0, top], autorange=False)
    figure.add_annotation(
        x=edges[at + 1], y=top, text=f"← {number(highest)}", showarrow=False, xanchor="left", yanchor="top", xshift=4
    )


def _figure(traces: list[Any], unit: Unit = COUNT) -> go.Figure:
    quiet, grid = "var(--k-quiet)", "var(--k-line)"
    axis = {"gridcolor": grid, "linecolor": grid, "zerolinecolor": grid, "tickfont": {"color": quiet}}
    figure = go.Figure(data=traces)
    figure.update_layout(
        # Not plotly's own template: it is most of a small figure's weight.
        template="none", paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        font={"size": 12, "color": "var(--k-text)"}, margin={"l": 8, "r": 8, "t": 8, "b": 8, "pad": 0},
        # The legend is the page's own: it wraps, and takes nothing from the height.
        showlegend=False, dragmode=False, bargap=0.25,
        hoverlabel={"bgcolor": "var(--k-card)", "bordercolor": grid, "font": {"color": "var(--k-strong)"}},
        barcornerradius=3,
    )  # fmt: skip
    figure.update_xaxes(**axis, showgrid=False, zeroline=False, automargin=True, fixedrange=True, ticklabelstandoff=4)
    figure.update_yaxes(
        **axis, rangemode="tozero", automargin=True, fixedrange=True, showline=False, nticks=6, separatethousands=True,
        zeroline=False, tickformat=unit.tick_format or None, ticklabelstandoff=4,
    )  # fmt: skip
    return figure


def _points(across: Sequence[Any], series: Series, unit: Unit) -> dict[str, Any]:
    return {
        "name": _plain(series.name),
        "x": [_place(place) for place in across],
        "y": [None if value is None else value / unit.scale for value in series.values],
        "customdata": ["" if value is None else unit.words(value) for value in series.values],
        "hovertemplate": "%{customdata}",
    }


def _across(figure: go.Figure, across: Sequence[Any]) -> None:
    """Days get dates below them; a few get one each, so that no hour is named. Moments of one day get hours."""
    if not across or not isinstance(across[0], date):
        return
    figure.update_xaxes(type="date", tickformat="%-d %b", hoverformat="%A %-d %B %Y", nticks=8)
    if isinstance(across[0], datetime):
        short = abs(across[-1] - across[0]) < _HOURS_SHOWN
        figure.update_xaxes(tickformat="%H:%M" if short else "%-d %b", hoverformat="%-d %B %Y, %H:%M", nticks=6)
    elif len(across) < 8:
        figure.update_xaxes(tickvals=[_place(place) for place in across])
    elif len(across) > _MANY:
        figure.update_xaxes(tickformat="%-d %b %Y" if len(across) > 366 else "%-d %b")


def _place(place: Any) -> Any:
    if isinstance(place, datetime):
        # plotly knows no zones: what it is given is what it shows.
        return (timezone.localtime(place) if timezone.is_aware(place) else place).replace(tzinfo=None).isoformat()
    if isinstance(place, date):
        return place.isoformat()
    return place if isinstance(place, int | float) else _plain(place)


def _table(
    axis: Text, across: Sequence[Any], series: Sequence[Series], unit: Unit
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    heads = (str(axis), *(str(one.name) for one in series))
    cells = [["—" if value is None else unit.words(value) for value in one.values] for one in series]
    return heads, tuple(zip([_said(place) for place in across], *cells, strict=True))


def _said(place: Any) -> str:
    if isinstance(place, datetime):
        local = timezone.localtime(place) if timezone.is_aware(place) else place
        return str(formats.date_format(local, "SHORT_DATETIME_FORMAT"))
    if isinstance(place, date):
        return str(formats.date_format(place, "SHORT_DATE_FORMAT"))
    return number(place) if isinstance(place, int | float) else str(place)


def _legend(series: Sequence[Series]) -> tuple[tuple[str, str], ...]:
    return tuple((str(one.name), one.colour) for one in series) if len(series) > 1 else ()


def _coloured(series: Sequence[Series]) -> list[Series]:
    return [replace(one, colour=_colour(one.colour, place)) for place, one in enumerate(series)]


def _colour(key: str, place: int) -> str:
    return COLOURS.get(key) or SERIES[place % len(SERIES)]


def _plain(text: Text) -> str:
    """plotly reads a little HTML in its texts; what people have typed is none."""
    return html.escape(str(text), quote=False)
