"""Connections over the API: their runs, what was refused, the deals; and never a credential."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from connectors import connecting
from connectors.models import Connection, DeadLetter, Deal, Link, SyncRun
from tests.api import given

pytestmark = pytest.mark.django_db

SECRET = "bcrm_pat_very_secret"


@pytest.fixture
def crm() -> Connection:
    return connecting.connect("bottlecrm", "CRM", {"url": "https://crm.example"}, {"token": SECRET})


@pytest.fixture
def api() -> APIClient:
    return given.client("administrator")


def listed(api: APIClient, address: str) -> list[dict[str, Any]]:
    answer = api.get(address)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def refused(crm: Connection, number: int, **more: Any) -> DeadLetter:
    anna = given.person(("email", f"anna{number}@example.org"), name="Anna")
    link = Link.objects.create(connection=crm, object="contacts", remote_id=str(number), profile_id=anna.pk)
    return DeadLetter.objects.create(
        connection=crm, object="contacts", direction="push", link=link, remote_id=link.remote_id,
        profile_id=anna.pk, payload={"phone": "12"}, words="Not a phone number.", **more,
    )  # fmt: skip


def deal(crm: Connection, number: int, **more: Any) -> Deal:
    now = timezone.now()
    return Deal.objects.create(connection=crm, remote_id=str(number), created_at=now, updated_at=now, **more)


def test_a_connection_tells_how_it_stands_and_never_its_credentials(api: APIClient, crm: Connection) -> None:
    answer = api.get("/api/connections/crm/")
    assert answer.json() | {"slug": "crm", "adapter": "bottlecrm", "state": "ready", "problems": []} == answer.json()
    for address in ("/api/connections/", "/api/connections/crm/", "/api/connections/?state=ready&enabled=true"):
        assert SECRET.encode() not in api.get(address).content
    assert listed(api, "/api/connections/?state=failed") == []


def test_runs_come_with_the_last_first_and_go_on_behind_the_cursor(api: APIClient, crm: Connection) -> None:
    for number in range(5):
        SyncRun.objects.create(
            connection=crm, object="contacts", direction="pull" if number % 2 else "push", state="done", read=number
        )
    first = api.get("/api/sync-runs/?limit=3").json()
    assert [row["read"] for row in first["results"]] == [4, 3, 2]
    assert [row["read"] for row in api.get(first["next"]).json()["results"]] == [1, 0]
    cases = {
        "?connection=crm&direction=pull": 2,
        "?connection=other": 0,
        "?object=leads": 0,
        "?state=done&dry_run=false": 5,
        "?since=2100-01-01T00:00:00Z": 0,
    }
    assert {query: len(listed(api, f"/api/sync-runs/{query}")) for query in cases} == cases


def test_what_was_refused_is_tried_again_when_asked(api: APIClient, crm: Connection) -> None:
    letter = refused(crm, 1, next_at=timezone.now() + timedelta(days=3))
    row = listed(api, "/api/dead-letters/?resolved=false")[0]
    assert (row["connection"], row["words"], row["payload"]) == ("crm", "Not a phone number.", {"phone": "12"})
    answer = api.post(f"/api/dead-letters/{letter.pk}/retry/")
    assert answer.status_code == 200, answer.content
    letter.refresh_from_db()
    assert letter.next_at <= timezone.now()
    assert letter.link.stale
    assert listed(api, "/api/dead-letters/?resolved=true") == []
    assert listed(api, f"/api/dead-letters/?profile={letter.profile_id}&direction=push") == [answer.json()]


def test_deals_are_found_by_person_stage_and_time(api: APIClient, crm: Connection) -> None:
    anna = given.anna()
    deal(crm, 1, name="Tents", stage="Proposal", status="open", profile_id=anna.pk, amount=120000, currency="EUR")
    deal(crm, 2, name="Boots", stage="Closed Won", status="won")
    cases = {
        f"?profile={anna.pk}": ["Tents"],
        "?status=won": ["Boots"],
        "?stage=Proposal&connection=crm": ["Tents"],
        "?owner=nobody": [],
        "?since=2100-01-01": [],
        "?account=1": [],
    }
    assert {query: [row["name"] for row in listed(api, f"/api/deals/{query}")] for query in cases} == cases


@pytest.mark.parametrize(
    ("address", "make"),
    [
        ("/api/dead-letters/", refused),
        ("/api/deals/", deal),
        ("/api/sync-runs/", lambda crm, _number: SyncRun.objects.create(connection=crm, object="x", direction="pull")),
    ],
)
def test_a_page_costs_the_same_whatever_is_on_it(api: APIClient, crm: Connection, address: str, make: Any) -> None:
    for number in range(6):
        make(crm, number)
    counts = []
    for limit in (1, 6):
        with CaptureQueriesContext(database) as queries:
            assert len(listed(api, f"{address}?limit={limit}")) == limit
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "address",
    [
        *("/api/sync-runs/?cursor=x", "/api/sync-runs/?direction=up", "/api/sync-runs/?since=%00"),
        *("/api/deals/?profile=-1", "/api/deals/?status=%00", "/api/dead-letters/?profile=x"),
        *("/api/connections/?state=fine", "/api/connections/?cursor=1-2"),
    ],
)
def test_what_makes_no_sense_is_refused(api: APIClient, crm: Connection, address: str) -> None:
    assert api.get(address).status_code == 400
