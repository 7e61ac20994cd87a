"""Who may do what: the permissions of Django's admin, and nothing more."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from rest_framework.test import APIClient

from connectors import connecting
from connectors.models import DeadLetter, Deal, Link, SyncRun
from profiles.models import Account, Profile, Source
from scoring.models import ScoreModel
from segments.models import Segment
from tests.api import given
from tests.api.given import FRENCH

# (method, address, body, who may)
REQUESTS = [
    ("get", "/api/profiles/email:anna+shop@example.org/", None, {"Sales", "Marketers", "administrator"}),
    ("post", "/api/profiles/lookup/", {"type": "user_id", "value": "x"}, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/segments/", None, {"Marketers", "administrator"}),
    ("post", "/api/segments/", {"slug": "x", "name": "x", "rule": FRENCH}, {"Marketers", "administrator"}),
    ("get", "/api/segments/french/", None, {"Marketers", "administrator"}),
    ("patch", "/api/segments/french/", {"name": "x"}, {"Marketers", "administrator"}),
    ("get", "/api/segments/french/members/", None, {"Marketers", "administrator"}),
    ("get", "/api/segments/french/transitions/", None, {"Marketers", "administrator"}),
    ("get", "/api/segments/french/tests/", None, {"Marketers", "administrator"}),
    ("put", "/api/segments/french/tests/", [], {"Marketers", "administrator"}),
    ("post", "/api/segments/french/publish/", None, {"Marketers", "administrator"}),
    ("post", "/api/segments/french/agree/", None, {"Marketers", "administrator"}),
    ("delete", "/api/segments/french/draft/", None, {"Marketers", "administrator"}),
    ("get", "/api/transitions/", None, {"Marketers", "administrator"}),
    ("post", "/api/segments/preview/", {"rule": FRENCH}, {"Marketers", "administrator"}),
    ("get", "/api/segments/french/explain/?profile=user_id:u%2F17:a b", None, {"Marketers", "administrator"}),
    ("get", "/api/sources/", None, {"Marketers", "administrator"}),
    ("get", "/api/sources/{source}/", None, {"Marketers", "administrator"}),
    ("post", "/api/sources/", {"name": "x"}, {"Marketers", "administrator"}),
    ("post", "/api/sources/{source}/rotate/", {}, {"Marketers", "administrator"}),
    ("get", "/api/events/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/accounts/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/accounts/{account}/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/accounts/{account}/members/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/scores/", None, {"Marketers", "administrator"}),
    ("get", "/api/scores/engagement/", None, {"Marketers", "administrator"}),
    ("get", "/api/scores/engagement/people/", None, {"Marketers", "administrator"}),
    ("get", "/api/connections/", None, {"Marketers", "administrator"}),
    ("get", "/api/connections/crm/", None, {"Marketers", "administrator"}),
    ("get", "/api/sync-runs/", None, {"Marketers", "administrator"}),
    ("get", "/api/sync-runs/{run}/", None, {"Marketers", "administrator"}),
    ("get", "/api/dead-letters/", None, {"Marketers", "administrator"}),
    ("get", "/api/dead-letters/{letter}/", None, {"Marketers", "administrator"}),
    ("post", "/api/dead-letters/{letter}/retry/", None, {"Marketers", "administrator"}),
    ("get", "/api/deals/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/deals/{deal}/", None, {"Sales", "Marketers", "administrator"}),
    ("get", "/api/schema/", None, {"", "Sales", "Marketers", "administrator"}),
]
ROLES = ("", "Sales", "Marketers", "administrator")


@pytest.fixture
def ids(db: None) -> dict[str, int]:
    """What the addresses name: Anna, the segment she is in, and one of everything else."""
    anna = given.anna()
    given.french()
    crm = connecting.connect("bottlecrm", "CRM", {"url": "https://crm.example"}, {"token": "x"})
    link = Link.objects.create(connection=crm, object="contacts", remote_id="1", profile_id=anna.pk)
    run = SyncRun.objects.create(connection=crm, object="contacts", direction="pull")
    about = {"connection": crm, "remote_id": "1", "profile_id": anna.pk}
    letter = DeadLetter.objects.create(**about, object="contacts", direction="push", link=link, payload={}, words="no")
    deal = Deal.objects.create(**about, created_at=given.SEEN, updated_at=given.SEEN)
    account = Account.objects.create(key="acme")
    ScoreModel.objects.get_or_create(slug="engagement", defaults={"name": "Engagement", "method": "points"})
    return {
        "source": Source.objects.create(name="Shop").pk, "account": account.pk, "run": run.pk,
        "letter": letter.pk, "deal": deal.pk,
    }  # fmt: skip


@pytest.mark.parametrize(("method", "address", "body", "may"), REQUESTS)
def test_each_role_may_do_exactly_what_its_permissions_say(
    ids: dict[str, int], method: str, address: str, body: object, may: set[str]
) -> None:
    address = address.format(**ids)
    for role in ROLES:
        answer = getattr(given.client(role), method)(address, body, format="json")
        assert (answer.status_code == 403) == (role not in may), (role, answer.content)
        assert answer.status_code < 500
    assert getattr(APIClient(), method)(address, body, format="json").status_code == 401


def test_every_address_of_the_api_asks_who_is_there(ids: dict[str, int]) -> None:
    """Walks the router, so that a new view is not forgotten in the table above."""
    table = {resolve(address.format(**ids).split("?")[0]).route for _method, address, _body, _may in REQUESTS}
    every = {route for route in _routes(get_resolver().url_patterns) if route.startswith("api/")}
    assert every - table == {"api/", "api/docs/"}
    assert APIClient().get("/api/docs/")["Location"].startswith("/admin/login/")


def test_a_token_of_somebody_who_left_is_worth_nothing(ids: dict[str, int]) -> None:
    client = given.client("administrator")
    assert client.get("/api/segments/").status_code == 200
    given.User.objects.update(is_active=False)
    assert client.get("/api/segments/").status_code == 401


def test_reading_leaves_no_trace(ids: dict[str, int]) -> None:
    client = given.client("administrator")
    before = Profile.objects.count(), Segment.objects.get().version
    for method, address, body, _may in REQUESTS:
        if method == "get":
            client.get(address.format(**ids), body)
    assert (Profile.objects.count(), Segment.objects.get().version) == before


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        address = prefix + str(pattern.pattern).removeprefix("^")
        found += _routes(pattern.url_patterns, address) if isinstance(pattern, URLResolver) else [address]
    return found
