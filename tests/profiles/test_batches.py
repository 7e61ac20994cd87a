"""However messages are cut into batches, the outcome is that of one by one, and that of a naive oracle."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles import identity
from profiles.ingest import apply
from profiles.messages import Message
from profiles.models import Event, Identifier, IdentifierType, Profile
from tests.profiles.given import batched, message, source
from tests.profiles.oracle import World

pytestmark = pytest.mark.django_db

IDENTIFIERS = [
    *("user_id:u1x", "user_id:u2x", "user_id:u3x"),
    *("email:a@x.org", "email:A@X.org", "email:b@x.org", "email:c@x.org"),
    *("anonymous_id:dev1", "anonymous_id:dev2", "anonymous_id:dev3"),
    *("phone:0612345678", "phone:+33612345679"),
    *("crm:c1x", "crm:c2x", "loyalty:l1x", "loyalty:l2x"),
]
SOURCES = [("shop", "server", 50), ("crm", "connection", 80), ("site", "browser", 90), ("app", "browser", 10)]
TRAITS = st.dictionaries(st.sampled_from(["plan", "age"]), st.sampled_from(["a", "b", "c", "", None]), max_size=2)

SAID = st.fixed_dictionaries(
    {
        "identifiers": st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=4),
        "by": st.sampled_from(SOURCES),
        "kind": st.sampled_from(["track", "track", "identify", "group"]),
        "at": st.integers(0, 8),
        "received": st.integers(8, 90),
        "traits": TRAITS,
        "group": st.sampled_from([None, None, "acme", "globex"]),
        "key": st.integers(0, 40),
    }
)


def messages(said: Iterable[dict[str, Any]]) -> list[Message]:
    found = []
    for words in said:
        rest = {key: value for key, value in words.items() if key not in {"identifiers", "by", "key"}}
        by = source(*words["by"])
        found.append(message(*words["identifiers"], by=by, key=str(words["key"]), name=f"Event {words['at']}", **rest))
    return found


@settings(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(SAID, min_size=8, max_size=20), st.lists(st.integers(1, 5), max_size=4))
def test_batches_change_nothing(monkeypatch: pytest.MonkeyPatch, said: list[dict[str, Any]], sizes: list[int]) -> None:
    # Limits and caps so low that these few messages reach them.
    monkeypatch.setattr(identity, "MOST_MERGES", 1)
    monkeypatch.setattr(identity, "MOST_IDENTIFIERS", 7)
    IdentifierType.objects.filter(pk="email").update(limit=2)
    IdentifierType.objects.get_or_create(name="crm", defaults={"label": "CRM", "rank": 1, "unique": True})
    IdentifierType.objects.get_or_create(
        name="loyalty", defaults={"label": "Card", "rank": 4, "limit": 1, "window_days": 1}
    )
    sequence = messages(said)
    alone = outcome([[each] for each in sequence])
    assert outcome([sequence]) == alone
    assert outcome(batched(sequence, sizes)) == alone
    assert outcome([sequence, sequence]) == alone


def outcome(batches: Sequence[Sequence[Message]]) -> dict[str, list[Any]]:
    """Everything that is stored after these batches, with people and identifiers by what they are, not by id."""
    with transaction.atomic():
        for batch in batches:
            with transaction.atomic():
                apply(batch)
        found = {name: _rows(query) for name, query in QUERIES.items()}
        transaction.set_rollback(True)
    return found


def _rows(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(cursor.fetchall(), key=repr)


# A person is called by the place in the order in which people were made.
_PERSON = "(SELECT count(*) FROM profiles_profile earlier WHERE earlier.id <= {})"
_IDENTIFIER = "(SELECT type_id || ':' || i.value FROM profiles_identifier i WHERE i.id = {})"


def _person(column: str) -> str:
    return _PERSON.format(column)


def _identifier(column: str) -> str:
    return _IDENTIFIER.format(column)


QUERIES = {
    "people": f"SELECT {_person('id')}, {_person('merged_into')}, traits::text, created_at FROM profiles_profile",
    "identifiers": f"SELECT type_id, value, raw, first_seen, frozen_reason, frozen_at, {_person('profile_id')}"
    " FROM profiles_identifier",
    "assignments": f"SELECT {_person('profile_id')}, {_identifier('identifier_id')}, since, until, message_id"
    " FROM profiles_assignment",
    "edges": "SELECT (SELECT array_agg(type_id || ':' || i.value ORDER BY type_id, i.value) FROM profiles_identifier i"
    " WHERE i.id IN (left_id, right_id)), message_id, source_id, seen_at FROM profiles_edge",
    "merges": f"SELECT {_person('survivor_id')}, {_person('absorbed_id')}, {_identifier('identifier_id')},"
    " message_id, source_id, at FROM profiles_merge",
    "events": f"SELECT {_person('profile_id')}, occurred_at, message_id, {_identifier('identifier_id')}, value,"
    " source_id, (SELECT name FROM profiles_eventtype t WHERE t.id = name_id), properties::text"
    " FROM profiles_event",
    "stats": f"SELECT {_person('profile_id')}, first_seen, last_seen, events FROM profiles_profilestat",
    "candidates": f"SELECT {_person('profile_id')}, (SELECT key FROM profiles_trait t WHERE t.id = trait_id),"
    f" source_id, value::text, since, until, seen_at, message_id,"
    f" {_identifier('identifier_id')} FROM profiles_traitvalue",
    "accounts": "SELECT key, name, traits::text, origins::text, created_at FROM profiles_account",
    "members": f"SELECT {_person('profile_id')}, (SELECT key FROM profiles_account a WHERE a.id = account_id), since"
    " FROM profiles_accountmember",
}


@settings(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "30")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(SAID, min_size=8, max_size=20), st.randoms(use_true_random=False))
def test_the_rules_are_those_of_the_naive_oracle(said: list[dict[str, Any]], shuffle: Random) -> None:
    IdentifierType.objects.filter(pk="email").update(limit=2)
    IdentifierType.objects.get_or_create(name="crm", defaults={"label": "CRM", "rank": 1, "unique": True})
    IdentifierType.objects.get_or_create(
        name="loyalty", defaults={"label": "Card", "rank": 4, "limit": 1, "window_days": 1}
    )
    # Everything at a minute of its own: of two words at once neither is the later.
    minutes = shuffle.sample(range(0, 10_000, 60), len(said))
    said = [
        {**words, "at": at, "received": 10_000, "key": at, "kind": words["kind"].replace("group", "track")}
        for words, at in zip(said, minutes, strict=True)
    ]
    sequence = messages(said)
    world = World()
    for each in sequence:
        world.apply(each)
    with transaction.atomic():
        apply(sequence)
        found = sorted(_person_as_seen(person) for person in Profile.objects.present())
        transaction.set_rollback(True)
    assert found == sorted(
        (
            sorted(f"{kind}:{value}" for kind, value in person.identifiers),
            sorted(person.events),
            sorted((key, repr(person.winner(key))) for key in {row[1] for row in person.said}),
        )
        for person in world.people
    )


def _person_as_seen(person: Profile) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    return (
        sorted(f"{row.type_id}:{row.value}" for row in Identifier.objects.filter(profile_id=person.pk)),
        sorted(Event.objects.filter(profile_id=person.pk).values_list("name__name", flat=True)),
        sorted((key, repr(value)) for key, value in person.traits.items()),
    )
