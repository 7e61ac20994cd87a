"""What follows from a score's move: a change for whoever reads it, and the event "Score Changed" for what is worth one.

Worth an event: another band, or a value that went `notable` away from the one told last. The daily fall of
points is told once it has come so far, not each day. What an edit of the model moves is told to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from profiles import changes, derived
from profiles.derived import SCORE_CHANGED, Derived
from scoring.models import ScoreModel
from scoring.store import Move

READER = "scoring"


def topic(slug: str) -> str:
    """What profiles.Change says when a score of this model moves."""
    return f"score:{slug}"


def tell(model: ScoreModel, moves: Sequence[Move], at: datetime, asked_by_scores: bool) -> int:
    """Record the moves, in the caller's transaction; how many became events.

    `asked_by_scores`: another score asks this one, so the people are to be looked at again.
    """
    if not moves:
        return 0
    changes.note(((move.profile_id, topic(model.slug)) for move in moves), by="" if asked_by_scores else READER)
    events = [_event(model, move, at) for move in moves if move.tells]
    derived.put(derived.source(), events, by=READER)
    return len(events)


def _event(model: ScoreModel, move: Move, at: datetime) -> Derived:
    return Derived(
        profile_id=move.profile_id,
        occurred_at=at,
        id=derived.key("score", model.slug, move.profile_id, at.isoformat()),
        name=SCORE_CHANGED,
        properties={
            "model": model.slug,
            "from": move.old,
            "to": move.value,
            "change": None if move.value is None or move.old is None else move.value - move.old,
            "band_from": move.old_band or None,
            "band_to": move.band or None,
        },
    )
