"""The proof, every night: each set computed from scratch, in the refresher's snapshot, equals the one that was kept."""

from __future__ import annotations

import logging
import time
from datetime import datetime
from typing import Any

from profiles.locks import advisory_lock
from segments import refresh, rules, sets
from segments.bitmaps import BitMap64
from segments.leaves import In
from segments.models import Leaf, Segment, Verification
from segments.plan import EVERYBODY
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
    run = refresh.Run(at)
    run.run()
    scratch = {pk: BitMap64() for pk in run.leaves} | run.ask(run.leaves, None)
    differences = [_difference("leaf", pk, scratch[pk], run.sets[pk]) for pk in run.leaves]
    by_digest = {leaf.digest: scratch[pk] for pk, leaf in run.leaves.items()}
    everybody = by_digest[EVERYBODY.digest]
    for planned in run.plan.planned:
        own = by_digest[In(planned.segment.slug).digest]
        right = rules.evaluate(planned.rule, by_digest, everybody)
        differences.append(_difference("segment", planned.segment.pk, right, own))
    found = [difference for difference in differences if difference]
    if found:
        log.error("What was kept differs from what is true", extra={"differences": found})
        sets.kept.replace({pk: scratch[pk] for pk in run.leaves})
        Segment.objects.filter(pk__in=[p.segment.pk for p in run.plan.planned]).update(computed_version=0)
    return Verification.objects.create(
        at=run.at,
        leaves=len(run.leaves),
        differences=found,
        duration_ms=round((time.perf_counter() - started) * 1000),
    )


def _difference(kind: str, pk: int, right: BitMap64, kept: BitMap64) -> dict[str, Any] | None:
    missing, surplus = len(right - kept), len(kept - right)
    return {kind: pk, "missing": missing, "surplus": surplus} if missing or surplus else None
