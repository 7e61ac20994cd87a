"""Arrays and COPY lines carry any text."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import connection

from profiles.database import array, copy, cursor, escaped

pytestmark = pytest.mark.django_db

TEXTS = [
    "plain",
    "",
    "NULL",
    "null",
    'a","b',
    '"',
    "\\",
    '\\"',
    "{a,b}",
    "a,b",
    " blank ",
    "é😀",
    "a\tb\nc\rd",
    "\\N",
    "'",
]


@pytest.mark.parametrize("texts", [TEXTS, [*TEXTS, None], ["a", "b"], ['a","b'], []])
def test_texts_come_back_as_they_went(texts: list[str | None]) -> None:
    with cursor() as db:
        db.execute("SELECT %s::text[]", [array(texts)])
        assert db.fetchall() == [(texts,)]


VALUES = [
    ("bigint", [1, -(2**63), None]),
    ("bigint", [1, 2]),
    ("uuid", [UUID(int=7), None]),
    ("timestamptz", [datetime(1971, 1, 1, 0, 0, 0, 1, tzinfo=UTC), None]),
]


@pytest.mark.parametrize(("type_", "values"), VALUES)
def test_values_come_back_as_they_went(type_: str, values: list[object]) -> None:
    with cursor() as db:
        db.execute(f"SELECT %s::{type_}[]", [array(values)])
        assert db.fetchall() == [(values,)]


def test_copied_texts_come_back_as_they_went() -> None:
    with cursor() as db:
        copy(db, "COPY profiles_change (profile_id, topic) FROM STDIN", [f"1\t{escaped(text)}\n" for text in TEXTS])
        db.execute("SELECT topic FROM profiles_change ORDER BY id")
        assert [topic for (topic,) in db] == TEXTS


def test_the_planner_is_left_as_it_was() -> None:
    with cursor() as db:
        db.execute("SHOW enable_seqscan")
        assert db.fetchall() == [("off",)]
    with cursor() as db:
        pass
    with connection.cursor() as plain:
        plain.execute("SHOW enable_seqscan")
        assert plain.fetchone() == ("on",)
