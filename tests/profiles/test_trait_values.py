"""Traits as they are kept: flat, in one spelling, in the trait's type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from profiles.trait_values import TooDeepError, canonical, coerced, flat, suggested

FLAT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"firstName": "Anna", "lastName": "Berg"}, {"first_name": "Anna", "last_name": "Berg"}),
    ({"createdAt": "2026-01-02", "postalCode": "75002"}, {"created_at": "2026-01-02", "postal_code": "75002"}),
    (
        {"address": {"city": "Paris", "country": "fr", "postalCode": "75002", "state": "IDF", "street": "1 rue X"}},
        {"city": "Paris", "country": "FR", "postal_code": "75002", "state": "IDF", "street": "1 rue X"},
    ),
    ({"address": {"floor": 3}}, {"address_floor": 3}),
    ({"company": {"name": "Berg AG", "industry": "Toys"}}, {"company": "Berg AG", "company_industry": "Toys"}),
    ({"company": "Berg AG"}, {"company": "Berg AG"}),
    ({"shoe": {"size": {"eu": 41}}}, {"shoe_size_eu": 41}),
    ({"email": " Anna@Example.org", "phone": "06 12 34 56 78"}, {"email": "anna@example.org", "phone": "+33612345678"}),
    ({"phone": "ask my office"}, {"phone": "ask my office"}),
    ({"country": "France"}, {"country": "France"}),
    ({"a": None, "b": "", "c": "  ", "d": [], "e": {}}, {}),
    ({"zero": 0, "no": False}, {"zero": 0, "no": False}),
    ({" plan ": " pro "}, {"plan": "pro"}),
    ({"tags": ["a", "b"]}, {"tags": ["a", "b"]}),
]

# (key, first value, the type it suggests)
SUGGESTED: list[tuple[str, Any, str]] = [
    ("plan", "pro", "text"),
    ("code", "00017", "text"),
    ("visits", 3, "number"),
    ("member", True, "boolean"),
    ("since", "2026-01-02", "date"),
    ("since", "2026-01-02T10:00:00Z", "date"),
    ("since", "2026-13-02", "text"),
    ("tags", ["a"], "list"),
    ("postal_code", 75002, "text"),
    ("age", "33", "number"),
    ("created_at", 1767225600, "date"),
]

# (type, value, in that type)
COERCED: list[tuple[str, Any, Any]] = [
    ("number", "33", 33),
    ("number", "-1.50", -1.5),
    ("number", "007", "007"),
    ("number", "12 years", "12 years"),
    ("number", "1" * 30, "1" * 30),
    ("text", 75002, "75002"),
    ("text", 1.5, "1.5"),
    ("text", True, "true"),
    ("text", ["a"], ["a"]),
    ("boolean", "True", True),
    ("boolean", "false", False),
    ("boolean", 1, True),
    ("boolean", "perhaps", "perhaps"),
    ("boolean", 2, 2),
    ("date", "2026-01-02", "2026-01-02"),
    ("date", "2026-01-02T10:00:00+02:00", "2026-01-02T08:00:00Z"),
    ("date", "2026-01-02 10:00:00", "2026-01-02T10:00:00Z"),
    ("date", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00"),
    ("date", 1767225600, "2026-01-01T00:00:00Z"),
    ("date", 1767225600000, "2026-01-01T00:00:00Z"),
    ("date", 17, 17),
    ("date", "soon", "soon"),
    ("list", "a", ["a"]),
    ("list", ["a"], ["a"]),
]


@pytest.mark.parametrize(("traits", "expected"), FLAT)
def test_traits_are_flat_and_in_one_spelling(traits: dict[str, Any], expected: dict[str, Any]) -> None:
    assert flat(traits, "FR") == expected


@pytest.mark.parametrize(("key", "value", "expected"), SUGGESTED)
def test_the_first_value_suggests_the_type(key: str, value: Any, expected: str) -> None:
    assert suggested(key, value) == expected


@pytest.mark.parametrize(("type_", "value", "expected"), COERCED)
def test_a_value_takes_the_type_of_its_trait_where_nothing_is_lost(type_: str, value: Any, expected: Any) -> None:
    found = coerced(value, type_)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "value", [1.0, 10**25, 10**400, 2**63, -0.0, 1e16, 1e300, {"b": [1.0], "a": None}, '\\"é', True]
)
@pytest.mark.django_db
def test_a_value_reads_the_same_after_a_journey_through_the_database(value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [canonical(value)])
        assert canonical(json.loads(cursor.fetchone()[0])) == canonical(value)


def test_objects_in_objects_have_an_end() -> None:
    deep: dict[str, Any] = {"x": 1}
    for _ in range(20):
        deep = {"x": deep}
    with pytest.raises(TooDeepError):
        flat(deep)
