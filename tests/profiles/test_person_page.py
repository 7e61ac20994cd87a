"""One person's page: merged ids lead to it, each value names who said it, and no tab asks once per row."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from profiles import provenance, recognition, timeline
from profiles.models import Profile
from tests.profiles.given import applied, browser, identify, message, person, source

pytestmark = pytest.mark.django_db

TABS = ["timeline", "traits", "segments", "identities"]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


def address(person_id: int | str, **params: str) -> str:
    query = "&".join(f"{key}={value}" for key, value in params.items())
    return f"/admin/profiles/profile/{person_id}/change/?{query}"


def lived(events: int) -> Profile:
    """Somebody with so many events, and about as many identifiers, traits and candidates."""
    who = f"user_id:K-{events}"
    for number in range(events):
        applied(
            message(who, f"anonymous_id:device-{events}-{number}", at=number, properties={"name": f"Tent {number}"}),
            identify(who, traits={f"key_{number}": number}, at=number),
            identify(who, traits={f"key_{number}": -number}, at=number, by=source("crm", precedence=90)),
        )
    return person(who)


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_asks_once_per_row(client: Client, tab: str) -> None:
    taken = []
    for person_id in (lived(2).pk, lived(12).pk):
        client.get(address(person_id, tab=tab))  # what is cached once per process is not the page's
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(person_id, tab=tab)).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_who_was_merged_leads_to_the_survivor(client: Client) -> None:
    applied(identify("user_id:K-1"), identify("email:anna@example.org"))
    absorbed = person("email:anna@example.org").pk
    applied(identify("user_id:K-1", "email:anna@example.org"))
    survivor = person("user_id:K-1").pk
    assert client.get(address(absorbed)).headers["Location"] == f"/admin/profiles/profile/{survivor}/change/"
    assert b"#%d" % absorbed in client.get(address(survivor, tab="identities")).content


@pytest.mark.parametrize("wrong", ["0", "999999", "9" * 30, "abc", "١٢"])
def test_nobody_is_a_page_not_found(client: Client, wrong: str) -> None:
    assert client.get(address(wrong)).status_code == 404


@pytest.mark.parametrize(
    "params",
    [
        {"before": "nonsense"},
        {"before": "2026-01-01~not-a-uuid"},
        {"before": "2026-01-01T00:00:00~" + "0" * 32},
        {"kind": "x"},
        {"kind": "99999"},
        {"kind": "9" * 40},
        {"tab": "nothing"},
        {"part": ""},
    ],
)
def test_an_address_that_somebody_made_up_is_answered(client: Client, params: dict[str, str]) -> None:
    assert client.get(address(lived(1).pk, **params)).status_code == 200


def test_the_timeline_shows_every_event_once_newest_first() -> None:
    applied(*(message("user_id:K-1", at=number // 2, properties={"name": str(number)}) for number in range(25)))
    who = person("user_id:K-1").pk
    seen: list[Any] = []
    before = ""
    while True:
        part = timeline.events(who, before=before, size=10)
        seen += [(happening.at, happening.properties["name"]) for happening in part.happenings]
        before = part.before
        if not before:
            break
    assert len(seen) == len({name for _, name in seen}) == 25
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)


def test_a_trait_names_its_winner_what_lost_and_what_was() -> None:
    applied(
        identify("user_id:K-1", traits={"city": "Nice"}, at=0),
        identify("user_id:K-1", traits={"city": "Lyon"}, at=5),
        identify("user_id:K-1", traits={"city": "Paris"}, at=9, by=browser()),
    )
    (city,) = provenance.known(person("user_id:K-1"))
    assert (city.value, city.winner and city.winner.source) == ("Lyon", "shop")
    assert [(said.value, said.source) for said in city.losers] == [("Paris", "site")]
    assert [said.value for said in city.past] == ["Nice"]


def test_a_shared_device_names_its_earlier_owner() -> None:
    applied(
        identify("user_id:K-1", "anonymous_id:tablet-77", at=0),
        identify("user_id:K-2", "anonymous_id:tablet-77", at=60),
    )
    first, second = person("user_id:K-1"), person("user_id:K-2")
    now = recognition.context(second, None)  # type: ignore[arg-type]  # it does not look at the request
    before = recognition.context(first, None)  # type: ignore[arg-type]
    assert [(owner.identifier, owner.person_id) for owner in now["earlier"]] == [("tablet-77", first.pk)]
    assert [(owner.identifier, owner.person_id) for owner in before["gone"]] == [("tablet-77", second.pk)]


def test_worth_counts_orders_and_refunds_but_no_carts(client: Client) -> None:
    who = "user_id:K-1"
    applied(
        message(who, name="Checkout Started", properties={"value": 500}),
        message(who, name="Order Completed", properties={"revenue": 120.5}),
        message(who, name="Order Refunded", properties={"total": 20}),
    )
    page = client.get(address(person(who).pk)).content.decode()
    assert "€100.50" in page
