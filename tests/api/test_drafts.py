"""Segments over the API: drafts, the second person, rule tests."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from profiles.models import Profile
from segments.models import Segment
from segments.refresh import refresh
from tests.api import given
from tests.api.given import FRENCH

GERMAN = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}]}
ADDRESS = "/api/segments/french/"


@pytest.fixture
def api(db: None) -> APIClient:
    """The administrator's client."""
    cache.clear()
    return given.client("administrator")


@pytest.fixture
def anna(db: None) -> Profile:
    """Anna, who is French."""
    return given.anna()


@pytest.fixture
def french(anna: Profile) -> Segment:
    """The segment of people in France, in which Anna is."""
    return given.french()


def sent(client: APIClient, verb: str, address: str, body: Any = None) -> Any:
    return getattr(client, verb)(address, body, format="json")


def test_a_segment_begins_as_a_draft_and_is_published(api: APIClient, anna: Profile) -> None:
    body = {"slug": "fr", "name": "In France", "rule": FRENCH, "publish": False}
    made = sent(api, "post", "/api/segments/", body)
    assert (made.status_code, made.json()["state"], made.json()["draft"]["rule"]) == (201, "draft", FRENCH)
    published = sent(api, "post", "/api/segments/fr/publish/")
    assert (published.status_code, published.json()["state"], published.json()["draft"]) == (200, "live", None)
    refresh()
    assert api.get("/api/segments/fr/").json()["size"] == 1


def test_renaming_a_draft_publishes_nothing(api: APIClient, anna: Profile) -> None:
    sent(api, "post", "/api/segments/", {"slug": "fr", "name": "In France", "rule": FRENCH, "publish": False})
    assert sent(api, "patch", "/api/segments/fr/", {"name": "France"}).json()["state"] == "draft"


def test_a_draft_of_a_live_segment_moves_nobody_and_can_be_forgotten(api: APIClient, french: Segment) -> None:
    drafted = sent(api, "patch", ADDRESS, {"rule": GERMAN, "publish": False}).json()
    assert (drafted["rule"], drafted["version"], drafted["draft"]["rule"]) == (FRENCH, 1, GERMAN)
    assert api.delete(f"{ADDRESS}draft/").status_code == 204
    assert api.get(ADDRESS).json()["draft"] is None
    assert api.delete(f"{ADDRESS}draft/").status_code == 409
    assert sent(api, "post", f"{ADDRESS}publish/").status_code == 409


def test_the_draft_of_somebody_else_is_not_overwritten_unseen(api: APIClient, french: Segment) -> None:
    saved = sent(api, "patch", ADDRESS, {"rule": GERMAN, "publish": False}).json()["draft"]["saved_at"]
    other = given.client("administrator")
    body = {"rule": {"none": FRENCH["all"]}, "publish": False}
    assert sent(other, "patch", ADDRESS, body).status_code == 409
    assert sent(other, "patch", ADDRESS, body | {"seen": saved}).status_code == 200


def test_moving_very_many_people_answers_202_until_a_second_person_agrees(
    api: APIClient, french: Segment, settings: Any
) -> None:
    given.person(("email", "otto@example.org"), country="DE")
    refresh()
    settings.REVIEW_ABOVE = 1
    waiting = sent(api, "patch", ADDRESS, {"rule": GERMAN})
    assert (waiting.status_code, waiting.json()["version"]) == (202, 1)
    draft = waiting.json()["draft"]
    assert draft["asked_at"]
    assert sent(api, "post", f"{ADDRESS}agree/", {"seen": draft["saved_at"]}).status_code == 409
    second = given.client("Marketers")
    assert sent(second, "post", f"{ADDRESS}agree/", {}).status_code == 400
    assert sent(second, "post", f"{ADDRESS}agree/", {"seen": "2026-01-01T00:00:00Z"}).status_code == 409
    agreed = sent(second, "post", f"{ADDRESS}agree/", {"seen": draft["saved_at"]})
    assert (agreed.status_code, agreed.json()["version"], agreed.json()["draft"]) == (200, 2, None)
    version = french.versions.get(number=2)
    assert version.author != version.agreed_by is not None


def test_a_rule_that_fails_its_tests_is_refused_and_says_who_and_why(
    api: APIClient, french: Segment, anna: Profile
) -> None:
    given_tests = sent(api, "put", f"{ADDRESS}tests/", [{"profile": anna.pk, "inside": True}])
    assert given_tests.json() == [{"profile": anna.pk, "inside": True, "holds": True, "passed": True, "why": []}]
    refused = sent(api, "patch", ADDRESS, {"rule": GERMAN})
    assert refused.status_code == 400
    assert refused.json()["errors"][0] == {"pointer": "#/tests", "detail": f"{anna.pk} is out: country is DE"}
    drafted = sent(api, "patch", ADDRESS, {"rule": GERMAN, "publish": False}).json()
    assert drafted["draft"]["failed_tests"] == 1
    (result,) = api.get(f"{ADDRESS}tests/").json()
    assert (result["passed"], result["why"]) == (False, ["country is DE (FR)"])
    assert sent(api, "post", f"{ADDRESS}publish/").status_code == 400


@pytest.mark.parametrize(
    "body",
    [{}, [{}], [{"profile": 0, "inside": True}], [{"profile": 2**63, "inside": True}], [{"profile": "x"}], "x", [[]]],
)
def test_what_is_no_rule_test_is_refused(api: APIClient, french: Segment, body: Any) -> None:
    assert sent(api, "put", f"{ADDRESS}tests/", body).status_code == 400


@pytest.mark.parametrize("rule", [None, [], 3, "x"])
def test_what_is_no_rule_is_no_draft_either(api: APIClient, french: Segment, rule: Any) -> None:
    assert sent(api, "patch", ADDRESS, {"rule": rule, "publish": False}).status_code == 400


def test_sales_may_neither_draft_nor_agree_nor_test(french: Segment) -> None:
    sales = given.client("Sales")
    for verb, address in [("post", "publish"), ("post", "agree"), ("delete", "draft"), ("put", "tests")]:
        assert sent(sales, verb, f"{ADDRESS}{address}/", {}).status_code == 403
