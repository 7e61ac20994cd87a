"""Identifiers in the form in which they are compared."""

from __future__ import annotations

import pytest

from profiles.models import IdentifierType
from profiles.standardise import standardise

pytestmark = pytest.mark.django_db

# (type, value as received, the source's country, as compared; None: identifies nobody)
CASES = [
    ("email", " Anna.Berg@Example.ORG ", "", "anna.berg@example.org"),
    ("email", "ANNA@EXAMPLE.ORG", "", "anna@example.org"),
    ("email", "test@test.com", "", None),
    ("email", "TEST@Test.com", "", None),
    ("email", "no address", "", None),
    ("email", "a@b@example.org", "", None),
    ("phone", "06 12 34 56 78", "FR", "+33612345678"),
    ("phone", "+33 (0)6 12 34 56 78", "DE", "+33612345678"),
    ("phone", "0171 2345678", "DE", "+491712345678"),
    ("phone", "06 12 34 56 78", "", None),
    ("phone", "call me", "FR", None),
    ("phone", "12", "FR", None),
    ("phone", "0000000000", "FR", None),
    ("user_id", "  u-17 ", "", "u-17"),
    ("user_id", "U-17", "", "U-17"),
    ("user_id", "", "", None),
    ("user_id", "   ", "", None),
    ("user_id", "00000000-0000-0000-0000-000000000000", "", None),
    ("user_id", "-1", "", None),
    ("user_id", "null", "", None),
    ("user_id", "None", "", None),
    ("user_id", "UNDEFINED", "", None),
    ("user_id", "unknown", "", None),
    ("user_id", "Anonymous", "", None),
    ("user_id", "not set", "", None),
    ("user_id", "unknown person", "", "unknown person"),
    ("user_id", "121212", "", None),
    ("user_id", "aaaa", "", None),
    ("user_id", "123", "", "123"),
    ("user_id", "é" * 200 + "bc", "", "é" * 200 + "bc"),
    ("user_id", "abc" * 200, "", None),
    ("user_id", "ab\x00cd", "", None),
    ("user_id", "ab\ud800cd", "", None),
    ("anonymous_id", "0d5c1b0e-5b7f-4b43-a8f3-1a8a7b6c0d11", "", "0d5c1b0e-5b7f-4b43-a8f3-1a8a7b6c0d11"),
]


@pytest.mark.parametrize(("kind", "value", "country", "expected"), CASES)
def test_an_identifier_is_compared_in_one_form(kind: str, value: str, country: str, expected: str | None) -> None:
    assert standardise(IdentifierType.objects.get(pk=kind), value, country) == expected


def test_a_standardised_identifier_stays_as_it_is() -> None:
    kinds = IdentifierType.objects.in_bulk()
    for kind, value, country, expected in CASES:
        if expected is not None:
            assert standardise(kinds[kind], expected, country) == expected, value


def test_blocked_values_are_data_and_a_pattern_that_cannot_be_read_blocks_only_itself() -> None:
    kind = IdentifierType(name="card", label="Card", rank=4, blocked=["^guest-", "house card", "^(broken"])
    assert standardise(kind, "guest-17") is None
    assert standardise(kind, "House Card") is None
    assert standardise(kind, "^(broken") is None
    assert standardise(kind, "card-17") == "card-17"
