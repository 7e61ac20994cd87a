"""What happened, newest first: pages, filters, and how much it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.api import given
from tests.profiles.given import NOON, applied, message, person, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return given.client("administrator")


@pytest.fixture
def happened() -> None:
    """Three people; many of the events have the same time."""
    web, till = source("web"), source("till")
    applied(
        *(
            message(f"user_id:u{who}", name=name, at=at, by=by, properties={"revenue": 10 + who})
            for at in (0, 1, 60)
            for who in (1, 2, 3)
            for name, by in (("Page Viewed", web), ("Order Completed", till))
        )
    )


def pages(api: APIClient, limit: int = 1000, **filters: Any) -> Iterator[list[dict[str, Any]]]:
    """Every page, by following `next`."""
    address = f"/api/events/?{urlencode(filters | {'limit': limit})}"
    while address:
        answer = api.get(address)
        assert answer.status_code == 200, answer.content
        yield answer.json()["results"]
        address = answer.json()["next"]


def rows(api: APIClient, limit: int = 1000, **filters: Any) -> list[dict[str, Any]]:
    return [row for page in pages(api, limit, **filters) for row in page]


def test_an_event_says_who_did_what_when_and_who_told_us(api: APIClient, happened: None) -> None:
    row = rows(api, profile=person("user_id:u1").pk, name="Order Completed")[0]
    assert row.pop("id")
    assert row == {
        "profile": person("user_id:u1").pk,
        "name": "Order Completed",
        "occurred_at": "2026-05-01T15:00:00+02:00",
        "value": 1100,
        "source": source("till").id,
        "properties": {"revenue": 11},
    }


@pytest.mark.parametrize("limit", [1, 2, 5, 18])
def test_pages_join_into_all_of_it_newest_first_and_nothing_twice(api: APIClient, happened: None, limit: int) -> None:
    whole = rows(api)
    assert len({row["id"] for row in whole}) == len(whole) == 18
    assert [row["occurred_at"] for row in whole] == sorted((row["occurred_at"] for row in whole), reverse=True)
    assert rows(api, limit) == whole
    one = [row for row in whole if row["profile"] == person("user_id:u2").pk]
    assert rows(api, limit, profile=person("user_id:u2").pk) == one


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"name": "Order Completed"}, 9),
        ({"name": "order completed"}, 0),
        ({"name": "Never Happened"}, 0),
        ({"since": (NOON + timedelta(minutes=1)).isoformat()}, 12),
        ({"until": (NOON + timedelta(minutes=1)).isoformat()}, 6),
        ({"since": "2026-05-01T12:01:00Z", "until": "2026-05-01T12:01:00.000001Z"}, 6),
        ({"since": "2026-05-02"}, 0),
        ({"since": "2713-09-08T10:51:24+16:18"}, 0),
        ({"source": 2**63 - 1}, 0),
        ({"profile": 0}, 0),
    ],
)
def test_filters_narrow(api: APIClient, happened: None, filters: dict[str, Any], count: int) -> None:
    assert len(rows(api, 4, **filters)) == count


def test_filters_narrow_by_source_and_together(api: APIClient, happened: None) -> None:
    till, anna = source("till").id, person("user_id:u1").pk
    assert len(rows(api, source=till)) == 9
    assert len(rows(api, source=till, name="Page Viewed")) == 0
    assert len(rows(api, source=till, profile=anna, until="2026-05-01T12:30:00Z")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "profile=-1", "profile=1.5", "profile=9223372036854775808", "profile=email:a@b.c", "profile=%00",
        "source=x", "name=%00", "name=" + "a" * 201, "since=yesterday", "since=%00", "until=2026-13-01",
        "until=9999-12-31T23:59:59-10:00",
        "cursor=1", "cursor=1-2-3-4", "cursor=1-2-3-4-x", "cursor=1-2-3-4-" + "9" * 19, "limit=0",
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(api: APIClient, query: str) -> None:
    answer = api.get(f"/api/events/?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("cursor", ["-".join(["9" * 18] * 5), "0-0-0-0-0", "-".join(["8796093022208"] * 5)])
def test_a_cursor_somebody_made_up_names_some_other_place(api: APIClient, happened: None, cursor: str) -> None:
    assert api.get(f"/api/events/?cursor={cursor}").status_code == 200


def test_a_page_costs_the_same_whatever_is_on_it(api: APIClient, happened: None) -> None:
    counts = []
    for limit in (1, 18):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            next(pages(api, limit))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_of_everybody_is_read_along_the_index(api: APIClient, happened: None) -> None:
    """Few rows are sorted, none is read that is not asked for: as it must be with millions of events."""
    with CaptureQueriesContext(connection) as queries:
        next(pages(api, 3))
    statement = next(query["sql"] for query in queries if "LATERAL" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "name_id_occurred_at" in plan, plan
    assert "Incremental Sort" in plan, plan
