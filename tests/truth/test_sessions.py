"""The sessions of a shop, cut by a gap of thirty minutes alone."""

import csv
import gzip
import os
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from tracking.cutting import Hit, Policy, cut

TRUTH = Path(os.environ.get("KITH_TRUTH") or Path(__file__).resolve().parents[3] / "shared" / "truth")
EVENTS = TRUTH / "sessions" / "ecom.csv.gz"

pytestmark = pytest.mark.skipif(not EVENTS.exists(), reason=f"no {EVENTS}: set KITH_TRUTH to where the truth is")


def test_every_session_is_found_whole_and_no_other() -> None:
    people: dict[str, list[Hit]] = defaultdict(list)
    sessions: dict[str, list[UUID]] = defaultdict(list)
    with gzip.open(EVENTS, "rt") as lines:
        for number, row in enumerate(csv.DictReader(lines)):
            at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
            people[row["user_id"]].append(Hit(at, UUID(int=number), row["event"]))
            sessions[row["session_id"]].append(UUID(int=number))
    cuts = [stay for hits in people.values() for stay in cut(sorted(hits), Policy())]
    assert sorted((stay.first.id, stay.events) for stay in cuts) == sorted(
        (min(ids), len(ids)) for ids in sessions.values()
    )
    assert len(sessions) == len(cuts) == 3_605
