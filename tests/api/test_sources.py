"""Sources and their keys."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from profiles import keys
from profiles.models import Source, WriteKey
from tests.api import given


@pytest.fixture
def api(db: None) -> APIClient:
    """The administrator's client."""
    return given.client("administrator")


@pytest.fixture
def shop(db: None) -> Source:
    """A source."""
    return Source.objects.create(name="Shop", kind=Source.Kind.SERVER)


@pytest.mark.parametrize(("kind", "prefix"), [("browser", "kw_"), ("server", "ks_")])
def test_the_key_is_in_the_answer_of_the_creation_and_nowhere_else(api: APIClient, kind: str, prefix: str) -> None:
    made = api.post("/api/sources/", {"name": "Shop", "kind": kind, "country": "FR"}, format="json")
    assert made.status_code == 201
    key = made.json()["key"]
    assert key.startswith(prefix)
    assert WriteKey.objects.get(digest=keys.digest(key)).source_id == made.json()["id"]
    for address in ("/api/sources/", f"/api/sources/{made.json()['id']}/"):
        answer = api.get(address)
        assert answer.status_code == 200
        assert key not in answer.content.decode()


def test_after_a_rotation_the_old_key_is_valid_for_the_overlap(api: APIClient, shop: Source) -> None:
    old = keys.digest(keys.issue(shop))
    new = api.post(f"/api/sources/{shop.pk}/rotate/", {"overlap_hours": 1}, format="json").json()["key"]
    assert WriteKey.objects.get(digest=old).expires_at is not None
    assert WriteKey.objects.get(digest=keys.digest(new)).expires_at is None
    api.post(f"/api/sources/{shop.pk}/rotate/")
    assert WriteKey.objects.filter(source=shop, expires_at=None).count() == 1


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({}, "#/name"),
        ({"name": "Shop"}, "#/name"),
        ({"name": "x", "kind": "pigeon"}, "#/kind"),
        ({"name": "x", "country": "France"}, "#/country"),
        ({"name": "x", "country": "fr"}, "#/country"),
        ({"name": "x", "allowed_origins": "https://shop.example"}, "#/allowed_origins"),
        ({"name": "x", "precedence": 10**9}, "#/precedence"),
        ({"name": "x", "quarantine_quota": -1}, "#/quarantine_quota"),
    ],
)
def test_a_wrong_source_is_refused(api: APIClient, shop: Source, values: object, pointer: str) -> None:
    answer = api.post("/api/sources/", values, format="json")
    assert answer.status_code == 400
    assert {error["pointer"] for error in answer.json()["errors"]} == {pointer}
    assert Source.objects.count() == 1


@pytest.mark.parametrize("overlap", [-1, 10**9, "soon", None])
def test_a_wrong_overlap_is_refused(api: APIClient, shop: Source, overlap: object) -> None:
    answer = api.post(f"/api/sources/{shop.pk}/rotate/", {"overlap_hours": overlap}, format="json")
    assert answer.status_code == 400


def test_sources_are_filtered_and_listed_in_a_constant_number_of_queries(
    api: APIClient, shop: Source, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Source.objects.bulk_create(Source(name=f"Site {n}", kind="browser", enabled=bool(n % 2)) for n in range(20))
    with django_assert_max_num_queries(4):
        assert len(api.get("/api/sources/").json()["results"]) == 21
    assert [row["name"] for row in api.get("/api/sources/?kind=server").json()["results"]] == ["Shop"]
    assert len(api.get("/api/sources/?kind=browser&enabled=true").json()["results"]) == 10
