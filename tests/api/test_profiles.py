"""One person, by any identifier."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from profiles.models import Identifier, Profile
from segments.models import Segment
from tests.api import given

# (type, value as asked)
WAYS = [
    ("user_id", "u/17:a b"),
    ("user_id", "  u/17:a b "),
    ("email", "anna+shop@example.org"),
    ("email", " Anna+Shop@Example.ORG"),
    ("phone", "+33612345678"),
    ("phone", "+33 6 12 34 56 78"),
    ("anonymous_id", "3f2a-9c"),
]
NOBODY = [
    ("email", "bob@example.org"),
    ("email", "not an address"),
    ("email", "a\0b@example.org"),
    ("email", "undefined"),
    ("phone", "0612345678"),
    ("phone", "abc"),
    ("shoe_size", "42"),
    ("id", "0"),
    ("id", "999999999999999999"),
    ("id", "9" * 5000),
    ("id", "²"),
    ("id", "-1"),
    ("user_id", "x" * 1900),
    ("user_id", "\n"),
    ("user_id", "../../etc"),
]


@pytest.fixture
def api(db: None) -> APIClient:
    """The administrator's client."""
    return given.client("administrator")


@pytest.fixture
def anna(db: None) -> Profile:
    """Anna, who is French."""
    return given.anna()


@pytest.fixture
def french(anna: Profile) -> Segment:
    """The segment of people in France, in which Anna is."""
    return given.french()


def address(kind: str, value: str) -> str:
    return f"/api/profiles/{kind}:{quote(value, safe='')}/"


@pytest.mark.parametrize(("kind", "value"), WAYS)
def test_a_person_is_found_by_every_identifier_however_it_is_written(
    api: APIClient, anna: Profile, kind: str, value: str
) -> None:
    by_address = api.get(address(kind, value))
    by_body = api.post("/api/profiles/lookup/", {"type": kind, "value": value}, format="json")
    assert by_address.status_code == by_body.status_code == 200
    assert by_address.json() == by_body.json()
    assert by_address.json()["id"] == anna.pk


@pytest.mark.parametrize(("kind", "value"), NOBODY)
def test_who_is_not_known_is_a_404(api: APIClient, anna: Profile, kind: str, value: str) -> None:
    for answer in (
        api.get(address(kind, value)),
        api.post("/api/profiles/lookup/", {"type": kind, "value": value}, format="json"),
    ):
        assert answer.status_code in {400, 404}, answer.content
        assert answer["Content-Type"] == "application/problem+json"


def test_an_answer_has_traits_identifiers_and_the_slugs_of_segments(
    api: APIClient, anna: Profile, french: Segment
) -> None:
    told = api.get(f"/api/profiles/id:{anna.pk}/").json()
    assert told == {
        "id": anna.pk,
        "name": "Anna",
        "created_at": "2026-05-01T14:00:00+02:00",
        "first_seen": "2026-05-01T14:00:00+02:00",
        "last_seen": "2026-05-01T14:00:00+02:00",
        "events": 3,
        "traits": {"first_name": "Anna", "country": "FR"},
        "identifiers": [
            {"type": "user_id", "value": "u/17:a b", "first_seen": "2026-05-01T14:00:00+02:00"},
            {"type": "email", "value": "anna+shop@example.org", "first_seen": "2026-05-01T14:00:00+02:00"},
            {"type": "phone", "value": "+33612345678", "first_seen": "2026-05-01T14:00:00+02:00"},
            {"type": "anonymous_id", "value": "3f2a-9c", "first_seen": "2026-05-01T14:00:00+02:00"},
        ],
        "segments": ["french"],
        "scores": [],
    }


@pytest.mark.parametrize(
    ("include", "parts"),
    [
        ("traits", {"traits"}),
        ("segments,identifiers", {"segments", "identifiers"}),
        ("", set()),
        ("traits,,", {"traits"}),
    ],
)
def test_include_chooses_the_parts(api: APIClient, anna: Profile, include: str, parts: set[str]) -> None:
    told = api.get(f"/api/profiles/id:{anna.pk}/", {"include": include}).json()
    assert told.keys() & {"traits", "identifiers", "segments"} == parts


def test_an_unknown_part_is_refused_by_name(api: APIClient, anna: Profile) -> None:
    answer = api.get(f"/api/profiles/id:{anna.pk}/?include=traits,shoes")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "#/include", "detail": "Unknown: shoes. There are: identifiers, scores, segments, traits."}
    ]


def test_a_merged_id_leads_to_the_survivor(api: APIClient, anna: Profile) -> None:
    absorbed = given.person(("user_id", "old"))
    Identifier.objects.filter(profile_id=absorbed.pk).update(profile_id=anna.pk)
    Profile.objects.filter(pk=absorbed.pk).update(merged_into=anna.pk)
    for way in (f"id:{absorbed.pk}", "user_id:old"):
        assert api.get(f"/api/profiles/{way}/").json()["id"] == anna.pk


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"type": "email"}, "#/value"),
        ({"value": "x"}, "#/type"),
        ({"type": "email", "value": None}, "#/value"),
        ({"type": "email", "value": ["x"]}, "#/value"),
        ({"type": {}, "value": "x"}, "#/type"),
        ({"type": "email", "value": ""}, "#/value"),
        ([], "#"),
    ],
)
def test_an_incomplete_lookup_says_what_is_missing(api: APIClient, db: None, body: object, pointer: str) -> None:
    answer = api.post("/api/profiles/lookup/", body, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_the_number_of_queries_does_not_depend_on_what_is_known(
    api: APIClient, anna: Profile, french: Segment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Identifier.objects.bulk_create(
        Identifier(type_id="anonymous_id", value=f"device-{n}", profile_id=anna.pk, first_seen=anna.created_at)
        for n in range(50)
    )
    with django_assert_max_num_queries(9):
        told = api.get(f"/api/profiles/id:{anna.pk}/").json()
    assert len(told["identifiers"]) == 54
