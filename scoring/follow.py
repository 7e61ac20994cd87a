"""A step of the worker: the scores of everybody about whom something changed, within a second of it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Max

from profiles import changes
from profiles.locks import advisory_lock, is_held
from profiles.models import Profile
from scoring.methods.base import Method
from scoring.models import ScoreModel
from scoring.moves import READER
from scoring.refresh import LOCK, Run
from segments.bitmaps import BitMap64
from segments.models import Membership, Refresh
from segments.plan import uses
from segments.snapshot import snapshot

# Above a tenth of everybody one pass over everything is cheaper than asking about them, as for segments.
SHARE = 10
FEW = 5_000


def pending() -> bool:
    """Is there somebody to look at again, and nobody else at it?"""
    return (changes.waiting(READER) or _segments_moved()) and not is_held(LOCK)


def follow(at: datetime | None = None) -> int:
    """Score anew whom something changed about, by every model that is computed; how many scores moved.

    While a run by the clock computes everybody this does nothing: what changed waits in its queue.
    """
    with advisory_lock(LOCK) as alone:
        if not alone:
            return 0
        with snapshot():
            return _follow(Run(at), BitMap64(changes.take(READER)))


def _follow(run: Run, changed: BitMap64) -> int:
    models = ScoreModel.objects.filter(
        enabled=True, error="", clock_at__isnull=False, computed_version=F("version")
    ).order_by("pk")
    many = max(FEW, Profile.objects.present().count() // SHARE) if len(changed) > FEW else FEW
    moved = 0
    for model in models:
        method = run.readable(model)
        if method is None:
            continue
        some = changed | _moved_in_segments(model, method, run.last_run)
        followed = {} if model.followed_run is None else {"followed_run": run.last_run}
        moved += run.compute(model, method, some if len(some) <= many else None, **followed)
    return moved


def _segments_moved() -> bool:
    last = Refresh.objects.aggregate(last=Max("pk"))["last"] or 0
    return ScoreModel.objects.filter(enabled=True, error="", followed_run__lt=last).exists()


def _moved_in_segments(model: ScoreModel, method: Method, upto: int) -> BitMap64:
    """Who entered or left a segment that the model asks, since it was last looked."""
    if model.followed_run is None or model.followed_run >= upto:
        return BitMap64()
    asked = {slug for _path, rule in method.rules() for slug in uses(rule)}
    stays = Membership.objects.filter(segment__slug__in=asked)
    found = BitMap64()
    for column in ("entered_run", "left_run"):
        rows = stays.filter(**{f"{column}__gt": model.followed_run})
        found |= BitMap64(rows.values_list("profile_id", flat=True).iterator())
    return found
