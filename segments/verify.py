"""The proof, every night: each set computed from scratch, in the refresher's snapshot, equals the one that was kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from profiles.locks import advisory_lock
from segments import refresh, rules, sets, standing
from segments.bitmaps import BitMap64
from segments.models import Leaf, Segment, Verification
from segments.snapshot import snapshot

log = logging.getLogger(__name__)


def verify(at: datetime | None = None) -> Verification:
    """Refresh, recompute every leaf and every segment at the same moment, compare, mend, and report.

    A difference is a defect: it is logged, kept in the report, and mended by computing that segment anew.
    """
    with advisory_lock(refresh.LOCK, wait=True):
        try:
            with snapshot():
                return _verify(at)
        except BaseException:
            sets.kept.forget()
            raise


def _verify(at: datetime | None) -> Verification:
    started = time.perf_counter()
    Leaf.objects.exclude(error="").update(error="")  # What failed once is tried again.
    standing.kept.forget()
    run = _refreshed(at)
    found = [*_leaves(run), *_segments(run)]
    if found:
        log.error("What was kept differs from what is true", extra={"differences": found})
        places = run.standing.places
        Segment.objects.filter(pk__in=[place.planned.segment.pk for place in places]).update(computed_version=0)
    sets.kept.trim()
    return Verification.objects.create(
        at=run.at,
        leaves=len(run.leaves),
        differences=found,
        duration_ms=round((time.perf_counter() - started) * 1000),
    )


def _refreshed(at: datetime | None) -> refresh.Run:
    while True:
        run = refresh.Run(at)
        run.run()
        if not run.deferred:
            return run


def _leaves(run: refresh.Run) -> Iterator[dict[str, Any]]:
    """The leaves that differ; from here on they are as computed from scratch. Some at a time: sets are large."""
    leaves = iter(sorted(run.leaves, key=lambda pk: run.leaves[pk].key))
    while some := list(islice(leaves, refresh.NEW_AT_ONCE)):
        scratch = dict.fromkeys(some, BitMap64()) | run.ask({pk: run.leaves[pk] for pk in some}, None)
        for pk in some:
            if difference := _difference("leaf", pk, scratch[pk], run.sets[pk]):
                sets.kept.replace({pk: scratch[pk]})
                yield difference
        sets.kept.trim()


def _segments(run: refresh.Run) -> Iterator[dict[str, Any]]:
    """The segments whose ledger differs from what their leaves make."""
    for place in run.standing.places:
        current = {digest: run.sets[pk] for digest, pk in place.ids.items()}
        right = rules.evaluate(place.planned.rule, current, run.sets[run.standing.everybody])
        if difference := _difference("segment", place.planned.segment.pk, right, run.sets[place.own]):
            yield difference


def _difference(kind: str, pk: int, right: BitMap64, kept: BitMap64) -> dict[str, Any] | None:
    missing, surplus = len(right - kept), len(kept - right)
    return {kind: pk, "missing": missing, "surplus": surplus} if missing or surplus else None
