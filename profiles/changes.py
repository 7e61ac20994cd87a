"""The log of what changed about whom, for the rooms below to pull."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from profiles.database import Cursor, copy, escaped
from profiles.identity import Person, Resolver


def record(
    cursor: Cursor, resolver: Resolver, moved: Mapping[Person, Iterable[str]], done: Iterable[tuple[int, str]]
) -> int:
    """One row per person and topic. `moved`: traits with a new winner; `done`: events by profile id. Gives how many."""
    topics = {(id_, f"event:{name}") for id_, name in done}
    topics |= {(person.id or 0, f"trait:{key}") for person, keys in moved.items() for key in keys}
    topics |= {(person.id or 0, "profile:created") for person in resolver.created if person.into is None}
    for joined in resolver.joined:
        topics.add((joined.absorbed.id or 0, "profile:merged"))
        topics.add((joined.survivor.root.id or 0, "profile:merged"))
    copy(
        cursor,
        "COPY profiles_change (profile_id, topic) FROM STDIN",
        [f"{id_}\t{escaped(topic)}\n" for id_, topic in topics],
    )
    return len(topics)
