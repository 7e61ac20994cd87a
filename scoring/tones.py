"""In which colour a score is shown: that of its band, read once per model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scoring.errors import ScoreError
from scoring.methods.base import Band
from scoring.methods.rfm import Rfm
from scoring.models import Score, ScoreModel


@dataclass(frozen=True)
class Shown:
    """A score as pages show it. `tone` is a class of kith.css without its k-."""

    score: Score
    band: str
    tone: str


def tone(model: ScoreModel, band: Band | None) -> str:
    """The colour of a band. A group of RFM that is neither well nor ill is news."""
    plain = "info" if model.kind is Rfm and band else "quiet"
    return (band.tone if band else "") or plain


def bands(model: ScoreModel) -> dict[str, Band]:
    """The bands of a model by key, from the lowest; none when its configuration cannot be read."""
    try:
        return {band.key: band for band in model.read().bands}
    except ScoreError:
        return {}


def shown(scores: Iterable[Score]) -> list[Shown]:
    """Scores with their bands in words and in colour; the models are to be selected with them."""
    known: dict[int, dict[str, Band]] = {}
    found = []
    for score in scores:
        if score.model_id not in known:
            known[score.model_id] = bands(score.model)
        band = known[score.model_id].get(score.band)
        found.append(Shown(score, score.band_label, tone(score.model, band)))
    return found
