"""However events come and are batched, late ones and merges included, the visits are those of cutting all at once."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Event
from profiles.partitions import ensure, month_at
from tests.profiles.given import batched
from tests.tracking.visiting import CHROME, GOOGLEBOT, everything, expected, found, happens, known, seen, source
from tracking import visits
from tracking.decode import Received
from tracking.recut import Dirty, recut

pytestmark = pytest.mark.django_db

# The evening before the night in which the clocks go back: midnight is at 22:00 UTC, and the next one at 23:00.
EVENING = datetime(2026, 10, 24, 20, tzinfo=UTC)
CAMPAIGNS = ["", "", "", "utm_source=news&utm_medium=email&utm_campaign=a", "gclid=1", "gclid=2"]

HIT = st.fixed_dictionaries(
    {
        "minute": st.one_of(st.integers(0, 40), st.integers(90, 150), st.integers(1500, 1640), st.integers(0, 4000)),
        "who": st.sampled_from(["device-1", "device-2", "device-3"]),
        "site": st.sampled_from(["Site", "Site", "Site", "App"]),
        "kind": st.sampled_from(["page", "page", "page", "track", "order", "told", "refund", "is"]),
        "query": st.sampled_from(CAMPAIGNS),
        "path": st.sampled_from(["/a", "/b"]),
        "agent": st.sampled_from([CHROME, CHROME, CHROME, CHROME, GOOGLEBOT]),
    }
)


def _message(number: int, hit: dict[str, Any]) -> Received:
    at, key = EVENING + timedelta(minutes=hit["minute"]), f"hit {number}"
    if hit["kind"] == "is":
        # Two devices turn out to be one person's, unless the third one's owner is in the way.
        return known(hit["who"], "anna@shop.example")
    common = {"at": at, "who": hit["who"], "agent": hit["agent"], "query": hit["query"], "key": key}
    if hit["kind"] == "page":
        return seen(hit["path"], by=source(hit["site"]), **common)
    event = {"track": "Product Viewed", "refund": "Order Refunded"}.get(hit["kind"], "Order Completed")
    by = source("Backend", "server") if hit["kind"] == "told" else source(hit["site"])
    return seen(event=event, by=by, properties={"total": 10 + number}, **common)


@settings(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(HIT, min_size=1, max_size=30), st.lists(st.integers(1, 8), max_size=8))
def test_in_any_order_and_batching_the_visits_are_those_of_cutting_everything_at_once(
    db: None, hits: list[dict[str, Any]], sizes: list[int]
) -> None:
    with transaction.atomic():
        messages = [_message(number, hit) for number, hit in enumerate(hits)]
        for batch in batched(messages, sizes):
            happens(*batch)
        assert found() == expected()
        rows, told = everything()
        people = [row for row in rows if not row["bot"]]
        assert [(row["profile_id"], row["started_at"], row["event_id"]) for row in people] == [
            (event["profile_id"], event["occurred_at"], event["message_id"]) for event in told
        ]
        assert [
            (row["channel"], row["origin"], row["landing_page"], row["number"]) for row in people
        ] == [
            (
                *(event["properties"]["channel"], event["properties"]["source"]),
                *(event["properties"].get("landing_page", ""), event["properties"]["visit_number"]),
            )
            for event in told
        ]  # fmt: skip
        _again(messages)
        assert everything() == (rows, told)
        transaction.set_rollback(True)


def _again(messages: list[Received]) -> None:
    """Everything is sent once more, and every day is cut once more."""
    happens(*messages)
    dirty = Dirty()
    for profile_id, at in Event.objects.values_list("profile_id", "occurred_at"):
        dirty.add(profile_id, at, at)
    with visits.cursor() as db:
        recut(db, dirty, visits.policy())


@pytest.fixture(autouse=True)
def _partitions(db: None) -> None:
    ensure([month_at(2026, 6), month_at(2026, 10)])
    assert connection.in_atomic_block
