"""How a score is spread over people: what the page of a score shows. One query each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from math import ceil, floor, log10

from django.db import connection
from django.db.models import Count, FloatField, Func, Max, Min, QuerySet, Value
from django.db.models.fields.json import KT
from django.utils import timezone

from profiles.derived import SCORE_CHANGED
from profiles.models import Event
from scoring.methods.rfm import FIFTHS, TOGETHER
from scoring.models import Score, ScoreModel

# About so many bars.
_BARS = 24
TOP = 10
MOVED_DAYS = 30


@dataclass(frozen=True)
class Spread:
    """People by value: `counts[k]` have from `edges[k]` to under `edges[k + 1]`; `reached[k]` at least `edges[k]`."""

    edges: list[float]
    counts: list[int]

    @property
    def reached(self) -> list[int]:
        """How many have at least the value of each edge but the last."""
        return list(accumulate(reversed(self.counts)))[::-1]


@dataclass(frozen=True)
class Cell:
    """People of one fifth of recency and one of frequency and value: how many, and what they spent in minor units."""

    people: int
    spent: int


def spread(model: ScoreModel) -> Spread | None:
    """The values of everybody in bars of a round width; None when nobody has a score."""
    scores = Score.objects.filter(model=model)
    ends = scores.aggregate(low=Min("value"), high=Max("value"))
    if ends["low"] is None:
        return None
    step = _round_step((ends["high"] - ends["low"]) / _BARS)
    low = floor(ends["low"] / step)
    bars = floor(ends["high"] / step) - low + 1
    edges = [(low + bar) * step for bar in range(bars + 1)]
    # Edges, not a division: what lies on an edge belongs to one bar only.
    bar = Func("value", Value(edges), function="width_bucket", template=_BUCKET, output_field=FloatField())
    rows = scores.order_by().values_list(bar).annotate(people=Count("profile_id"))
    counts = dict(rows)
    return Spread(edges, [counts.get(bar + 1, 0) for bar in range(bars)])


def sizes(model: ScoreModel) -> dict[str, int]:
    """How many are in each band."""
    rows = Score.objects.filter(model=model).order_by().values_list("band").annotate(people=Count("profile_id"))
    return dict(rows)


def sizes_of_all() -> dict[int, dict[str, int]]:
    """The same of every score, by model."""
    found: dict[int, dict[str, int]] = {}
    rows = Score.objects.order_by().values_list("model_id", "band").annotate(people=Count("profile_id"))
    for model, band, people in rows:
        found.setdefault(model, {})[band] = people
    return found


def moved(model: ScoreModel, days: int = MOVED_DAYS) -> dict[tuple[str, str], int]:
    """How often people went from one band to another lately, by (from, to); "" stands for no score."""
    told = Event.objects.filter(
        name__name=SCORE_CHANGED,
        occurred_at__gte=timezone.now() - timedelta(days=days),
        properties__model=model.slug,
    )
    rows = (
        told.order_by()
        .annotate(before=KT("properties__band_from"), after=KT("properties__band_to"))
        .values_list("before", "after")
        .annotate(times=Count("message_id"))
    )
    return {(before or "", after or ""): times for before, after, times in rows if before != after}


def top(model: ScoreModel, bands: list[str] | None = None) -> QuerySet[Score]:
    """The highest scores, the one that came there last first."""
    found = Score.objects.filter(model=model).select_related("model")
    return (found.filter(band__in=bands) if bands else found).order_by("-value", "-since", "profile_id")[:TOP]


def cells(model: ScoreModel) -> Mapping[tuple[int, int], Cell]:
    """Of an RFM score: by fifth of recency, and of frequency and value together (1 to 5 each)."""
    with connection.cursor() as cursor:
        cursor.execute(_CELLS, [list(TOGETHER), model.pk])
        rows = cursor.fetchall()
    inside = range(1, FIFTHS + 1)
    return {(r, fm): Cell(people, int(spent)) for r, fm, people, spent in rows if r in inside and fm in inside}


def _round_step(width: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50...: never finer than a point."""
    if width <= 1:
        return 1
    power: float = 10 ** floor(log10(width))
    return float(next(power * factor for factor in (1, 2, 5, 10) if ceil(width) <= power * factor))


_BUCKET = "%(function)s(%(expressions)s::float8[])"
_CELLS = """
    SELECT (parts ->> 1)::int, (%s::int[])[(parts ->> 3)::int + (parts ->> 5)::int - 1],
           count(*), COALESCE(sum((parts ->> 4)::bigint), 0)
    FROM scoring_score WHERE model_id = %s GROUP BY 1, 2"""
