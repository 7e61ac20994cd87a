"""Whatever is edited on either side, and whatever fails on the way: both sides end up agreed, field by field according
to the owner, and from then on nothing is written any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from django.apps import apps
from django.db import connection as db
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.models import Connection, Link
from profiles.models import Profile
from tests.connectors.given import both, connected, pull, push, said
from tests.connectors.standin import Remote, serving

OWNERS = {
    "first_name": "recent",
    "last_name": "crm",
    "phone": "kith",
    "score": "crm_unless_blank",
    "owner": "kith_unless_blank",
}
MAPPING = {
    "contact": {
        "create_here": True,
        "fields": [
            {"remote": "email", "local": "traits.email", "owner": "crm"},
            *({"remote": key, "local": f"traits.f_{key}", "owner": owner} for key, owner in OWNERS.items()),
        ],
    }
}
PEOPLE = 2
_fields = st.sampled_from(sorted(OWNERS))
_people = st.integers(0, PEOPLE - 1)
_words = st.sampled_from(["red", "green", "blue"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("here"), _people, _fields, _words),
        st.tuples(st.just("there"), _people, _fields, st.one_of(_words, st.just(""))),
        st.tuples(st.sampled_from(["pull", "push", "lose", "fail", "both"])),
    ),
    max_size=10,
)
_rounds = count(1)


@pytest.mark.slow
@pytest.mark.usefixtures("transactional_db")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(steps=STEPS)
def test_any_edits_and_failures_converge_without_an_echo(steps):
    with _fresh() as (remote, connection):
        ids = [remote.add("contact", {"email": f"person{n}@shop.example"}) for n in range(PEOPLE)]
        both(connection)
        for step in steps:
            _take(step, remote, connection, ids)
        remote.habits.lose = remote.habits.fail = 0
        for _round in range(4):
            _forgive(connection)
            both(connection)
        written = remote.written
        _forgive(connection)
        both(connection)
        assert remote.written == written
        assert remote.created == 0
        for n, id_ in enumerate(ids):
            _agreed(
                remote.get("contact", id_), Profile.objects.get(pk=Link.objects.get(remote_id=id_).profile_id).traits, n
            )


def _take(step: tuple, remote: Remote, connection: Connection, ids: list[str]) -> None:
    match step:
        case ("here", who, field, word):
            said(f"email:person{who}@shop.example", **{f"f_{field}": f"{word} {next(_rounds)}"})
        case ("there", who, field, word):
            remote.edit("contact", ids[who], **{field: word and f"{word} {next(_rounds)}"})
        case ("lose",):
            remote.habits.lose = 1
        case ("fail",):
            remote.habits.fail = 2
        case (verb,):
            {"pull": pull, "push": push, "both": both}[verb](connection)


def _agreed(there: dict, here: dict, who: int) -> None:
    for field, owner in OWNERS.items():
        ours, theirs = here.get(f"f_{field}"), there.get(field) or None
        if ours is not None and theirs is not None:
            assert ours == theirs, (who, field, owner)
        elif ours is None and theirs is not None:
            # Nothing is taken of what Kith owns.
            assert owner == "kith", (who, field, theirs)
        elif ours is not None:
            # A blank there stays where it says that somebody emptied it.
            assert owner in {"crm", "recent"}, (who, field, ours)


def _forgive(connection: Connection) -> None:
    """The waits are over."""
    Connection.objects.filter(pk=connection.pk).update(paused_until=None, state="ready")
    Link.objects.update(retry_at=None)


@contextmanager
def _fresh() -> Iterator[tuple[Remote, Connection]]:
    tables = [
        f'"{model._meta.db_table}"'
        for label in ("profiles", "connectors")
        for model in apps.get_app_config(label).get_models()
        if model._meta.model_name not in {"identifiertype", "eventtype"}
    ]
    with db.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
    remote = Remote()
    with serving(remote) as address:
        yield remote, connected(remote, address, MAPPING)
