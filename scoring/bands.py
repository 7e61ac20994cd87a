"""Bands that are steps of the value, with hysteresis: entered at one value, left at a lower one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from scoring import fields
from scoring.errors import ScoreError
from scoring.methods.base import Band

TONES = ("", "good", "warn", "bad")


def read_bands(raw: Sequence[Any], path: str) -> tuple[Band, ...]:
    """Bands from the lowest to the highest: [{"name", "enter", "leave"?, "tone"?}], the lowest without bounds."""
    bands: list[Band] = []
    for at, value in enumerate(raw):
        band = _band(value, f"{path}.{at}", lowest=at == 0)
        if band.key in {other.key for other in bands}:
            raise ScoreError(f"{path}.{at}.name", _("There is a band of this name already."))
        if at > 1 and (band.enter <= bands[-1].enter or band.leave < bands[-1].leave):
            raise ScoreError(f"{path}.{at}.enter", _("A band begins over the one before."))
        bands.append(band)
    return tuple(bands)


def default_notable(bands: Sequence[Band]) -> float:
    """A quarter of what the highest band asks, at least a point: a move of so much is told."""
    return max(1.0, abs(bands[-1].enter) / 4) if len(bands) > 1 else 10.0


def placed(bands: Sequence[Band], value: sql.Composable, before: sql.Composable) -> sql.Composable:
    """SQL: the key of the band of a value for somebody who was in the band `before` (NULL: in none)."""
    if len(bands) < 2:
        return sql.Literal(bands[0].key if bands else "")
    keys = sql.SQL("{}::text[]").format(sql.Literal([band.key for band in bands]))
    enter, leave = (
        sql.SQL("width_bucket({}, {}::float8[])").format(value, sql.Literal([float(bound) for bound in bounds]))
        for bounds in ([band.enter for band in bands[1:]], [band.leave for band in bands[1:]])
    )
    # As high as the value enters; higher while it was there and has not left.
    return sql.SQL(
        "({keys})[1 + GREATEST({enter}, LEAST(COALESCE(array_position({keys}, {before}) - 1, 0), {leave}))]"
    ).format(keys=keys, enter=enter, leave=leave, before=before)


def _band(value: Any, path: str, *, lowest: bool) -> Band:
    raw = fields.take_object(value, path)
    name, tone = fields.take_text(raw, "name", path), fields.take_text(raw, "tone", path)
    enter = fields.take_number(raw, "enter", path, most=1e9)
    leave = fields.take_number(raw, "leave", path, most=1e9)
    fields.nothing_left(raw, path)
    if not name:
        raise ScoreError(f"{path}.name", _("Give the band a name."))
    if tone not in TONES:
        raise ScoreError(f"{path}.tone", _("One of: %(tones)s.") % {"tones": ", ".join(filter(None, TONES))})
    if lowest:
        if enter is not None or leave is not None:
            raise ScoreError(f"{path}.enter", _("The lowest band has no bound."))
        return Band(name, name, tone=tone)
    if enter is None:
        raise ScoreError(f"{path}.enter", _("Give the value from which somebody is in this band."))
    if leave is None:
        leave = enter
    if leave > enter:
        raise ScoreError(f"{path}.leave", _("A band is left under the value at which it is entered."))
    return Band(name, name, enter, leave, tone)
