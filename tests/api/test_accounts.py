"""Accounts over the API: who belongs to them, and what they were worth."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from profiles.models import Account
from tests.api import given
from tests.profiles.given import applied, message, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    return given.client("administrator")


def joined(account: str, *people: str) -> None:
    """These people belong to the account; each ordered for 10."""
    for who in people:
        applied(
            message(who, kind="group", group=account, traits={"name": account.title(), "plan": "pro"}),
            message(who, name="Order Completed", properties={"revenue": 10}),
            message(who, name="Checkout Started", properties={"value": 99}),
        )


def listed(api: APIClient, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"/api/accounts/{query}")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_an_account_tells_its_people_and_their_worth(api: APIClient) -> None:
    joined("acme", "user_id:u1", "user_id:u2")
    account = Account.objects.get()
    told = api.get(f"/api/accounts/{account.pk}/").json()
    assert told.pop("created_at")
    assert told == {
        "id": account.pk,
        "key": "acme",
        "name": "Acme",
        "traits": {"name": "Acme", "plan": "pro"},
        "members": 2,
        "value": 2000,
    }
    members = api.get(f"/api/accounts/{account.pk}/members/?limit=1").json()
    rest = api.get(members["next"]).json()
    assert [row["profile"] for row in members["results"] + rest["results"]] == [
        person("user_id:u1").pk,
        person("user_id:u2").pk,
    ]


def test_an_account_of_nobody_is_worth_nothing_known(api: APIClient) -> None:
    Account.objects.create(key="empty")
    assert [(row["members"], row["value"]) for row in listed(api)] == [(0, None)]


def test_filters_narrow(api: APIClient) -> None:
    joined("acme", "user_id:u1")
    joined("globex", "user_id:u1", "user_id:u2")
    cases = {
        "?key=acme": ["acme"],
        "?key=ACME": [],
        "?name=GLO": ["globex"],
        f"?profile={person('user_id:u1').pk}": ["acme", "globex"],
        f"?profile={person('user_id:u2').pk}&name=acm": [],
        "?profile=9223372036854775807": [],
    }
    assert {query: [row["key"] for row in listed(api, query)] for query in cases} == cases


@pytest.mark.parametrize("query", ["?key=%00", "?name=%00", "?profile=-1", "?profile=x", "?cursor=x"])
def test_what_makes_no_sense_is_refused(api: APIClient, query: str) -> None:
    assert api.get(f"/api/accounts/{query}").status_code == 400


def test_a_page_costs_the_same_whatever_is_on_it(api: APIClient) -> None:
    for number in range(8):
        joined(f"account {number}", f"user_id:u{number}", "user_id:everywhere")
    counts = []
    for limit in (1, 8):
        with CaptureQueriesContext(connection) as queries:
            assert len(listed(api, f"?limit={limit}")) == limit
        counts.append(len(queries))
    assert counts[0] == counts[1]
