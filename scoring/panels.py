"""What scores show on the page of a person: a tab with the reasons, and chips beside the name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles import plots
from profiles.derived import SCORE_CHANGED
from profiles.models import Event, Profile
from profiles.panels import Chip, Panel, register
from scoring.errors import ScoreError
from scoring.methods.base import Asked, Row
from scoring.models import Score, ScoreModel
from scoring.tones import Shown, shown
from segments.bitmaps import BitMap64
from segments.world import World

# Moves that are looked at; so many of them are listed.
_MOVES = 300
_LISTED = 8


@dataclass(frozen=True)
class Move:
    """A score became another one. `old` and `new` are None before the first and after the last."""

    at: datetime
    old: float | None
    new: float | None
    band_from: str
    band_to: str


@dataclass(frozen=True)
class Explained:
    """A score of a person: what it is the sum of, and how it moved, the latest first."""

    shown: Shown
    rows: Sequence[Row]
    # Day by day, when they were asked for.
    lines: Sequence[Row] | None
    moves: Sequence[Move]
    history: plots.Plot | None


def context(person: Profile, request: HttpRequest) -> dict[str, Any]:
    """The scores of a person with reasons and history. `?lines=slug` asks for one of them day by day."""
    scores = Score.objects.filter(profile_id=person.pk, model__enabled=True).select_related("model")
    told = _moves(person.pk)
    asked = request.GET.get("lines", "")
    explained = [
        _explained(each, told.get(each.score.model.slug, []), asked == each.score.model.slug)
        for each in shown(scores.order_by("model__name"))
    ]
    return {"scores": explained, "missing": _missing(explained)}


def chips(person: Profile) -> list[Chip]:
    """Value and band of every score, for the head of the page."""
    scores = Score.objects.filter(profile_id=person.pk, model__enabled=True).select_related("model")
    return [
        Chip(
            str(each.score.model.name),
            f"{plots.number(each.score.value)} · {each.band}" if each.band else plots.number(each.score.value),
            each.tone,
        )
        for each in shown(scores.order_by("model__name"))
    ]


def _explained(each: Shown, moves: list[Move], by_day: bool) -> Explained:
    score = each.score
    history = [(move.at, move.new) for move in reversed(moves)]
    if history and history[-1][1] != score.value:
        history.append((score.computed_at, score.value))
    plot = None
    if len(history) > 2:
        label = _("%(score)s over time") % {"score": score.model.name}
        series = [plots.Series(score.model.name, [value for _at, value in history])]
        plot = plots.lines(
            label, [at for at, _value in history], series, axis=_("When"), filled=True, steps=True, height=150
        )
    return Explained(each, score.rows(), _lines(score) if by_day else None, moves[:_LISTED], plot)


def _lines(score: Score) -> list[Row]:
    """What the value is the sum of, as of when it was computed; none when that cannot be told any more."""
    at = score.model.computed_at or timezone.now()
    try:
        method = score.model.read()
        among = BitMap64([score.profile_id])
        return method.rows(score.profile_id, Asked(at, among, World.now(), score.model.learned))
    except ScoreError:
        return []


def _moves(profile_id: int) -> dict[str, list[Move]]:
    events = Event.objects.filter(profile_id=profile_id, name__name=SCORE_CHANGED)
    labels = {model.slug: model.kind for model in ScoreModel.objects.only("slug", "method")}
    found: dict[str, list[Move]] = defaultdict(list)
    for at, told in events.order_by("-occurred_at").values_list("occurred_at", "properties")[:_MOVES]:
        slug = told.get("model", "")
        kind = labels.get(slug)
        before, after = (str(told.get(key) or "") for key in ("band_from", "band_to"))
        words = [kind.band_label(band) if kind and band else band for band in (before, after)]
        found[slug].append(Move(at, told.get("from"), told.get("to"), *words))
    return found


def _missing(explained: list[Explained]) -> list[ScoreModel]:
    """Scores that say nothing of this person."""
    known = {each.shown.score.model_id for each in explained}
    return [model for model in ScoreModel.objects.filter(enabled=True) if model.pk not in known]


register(
    Panel(
        "scores",
        gettext_lazy("Scores"),
        "scoring/panel.html",
        context,
        35,
        "speed",
        "scoring.view_score",
        chips=chips,
        stylesheet="scoring/scoring.css",
    )
)
