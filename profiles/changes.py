"""The log of what changed about whom, for the rooms below to pull.

Segments read the topics (models.Change); every other reader is told only that something changed about a
person (models.Followup), and looks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.db import connection

from profiles.database import Cursor, copy, cursor, escaped
from profiles.identity import Person, Resolver
from profiles.models import Followup


class Moved(NamedTuple):
    """By person, the keys of traits of which another value counts now, and of those of which one did once."""

    now: Mapping[Person, Iterable[str]]
    past: Mapping[Person, Iterable[str]]


@cache
def readers() -> frozenset[str]:
    """The apps that follow people: `follows_people = True` in their AppConfig. They must take what they are told."""
    return frozenset(app.label for app in apps.get_app_configs() if getattr(app, "follows_people", False))


def record(cursor: Cursor, resolver: Resolver, moved: Moved, done: Iterable[tuple[int, str]]) -> int:
    """One row per person and topic: traits with a new winner now or in the past, people, and events (`done`, by profile
    id). Gives how many.
    """
    topics = {(id_, f"event:{name}") for id_, name in done}
    topics |= {(person.id or 0, f"trait:{key}") for person, keys in moved.now.items() for key in keys}
    topics |= {(person.id or 0, f"said:{key}") for person, keys in moved.past.items() for key in keys}
    topics |= {(person.id or 0, "profile:created") for person in resolver.created if person.into is None}
    for joined in resolver.joined:
        topics.add((joined.absorbed.id or 0, "profile:merged"))
        topics.add((joined.survivor.root.id or 0, "profile:merged"))
    _write(cursor, topics, readers())
    return len(topics)


def note(moved: Iterable[tuple[int, str]], by: str = "") -> None:
    """Say that what an app below owns has moved: (profile id, topic), in the caller's transaction.

    `by` is the reader that says so: it need not be told.
    """
    with cursor() as db:
        _write(db, set(moved), readers() - {by})


def waiting(reader: str) -> bool:
    """Did something change since this reader last took?"""
    return Followup.objects.filter(reader=reader).exists()


def take(reader: str) -> set[int]:
    """About whom something changed. Taken for good with the caller's transaction; they return if it fails."""
    with connection.cursor() as db:
        db.execute("DELETE FROM profiles_followup WHERE reader = %s RETURNING profile_id", [reader])
        return {profile_id for (profile_id,) in db.fetchall()}


def _write(cursor: Cursor, topics: set[tuple[int, str]], told: Iterable[str]) -> None:
    copy(
        cursor,
        "COPY profiles_change (profile_id, topic) FROM STDIN",
        [f"{id_}\t{escaped(topic)}\n" for id_, topic in topics],
    )
    people = {id_ for id_, _topic in topics}
    copy(
        cursor,
        "COPY profiles_followup (reader, profile_id) FROM STDIN",
        [f"{escaped(reader)}\t{id_}\n" for reader in sorted(told) for id_ in people],
    )
