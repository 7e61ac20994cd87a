"""Event types and traits, made when a name is first seen; and how far each source is believed.

Read anew for each batch and kept in no cache: what a rolled back savepoint had made is
unknown again by itself, and the reading costs less than a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from profiles.checks import Refusals
from profiles.database import Cursor, write
from profiles.identity import Usable
from profiles.models import Source
from profiles.refusals import Reason
from profiles.trait_values import suggested

# A stranger with a browser's public key could make up names without end, and ids of event types have 16 bits.
MOST_EVENTS: Final = 20_000
MOST_TRAITS: Final = 5_000

# Source id -> (not a browser, precedence): the greater is believed.
Precedence = Mapping[int, tuple[bool, int]]


@dataclass(frozen=True, slots=True)
class Definition:
    """A trait as applying a message needs it."""

    id: int
    key: str
    type: str


@dataclass(frozen=True, slots=True)
class Known:
    """Ids of event types by name, traits by key, and the sources."""

    event_types: Mapping[str, int]
    traits: Mapping[str, Definition]
    precedence: Precedence


def make(cursor: Cursor, batch: list[Usable], refused: Refusals) -> tuple[Known, list[Usable]]:
    """Define whatever these messages name. Gives what is known then, and the messages that fit."""
    names = dict.fromkeys(each.message.name for each in batch if each.message.name is not None)
    first: dict[str, Any] = {}
    for each in batch:
        if each.said and each.message.type != "group":
            for key, value in each.said.items():
                first.setdefault(key, value)
    known = Known(_event_types(cursor, names), _traits(cursor, first), _precedence(cursor))
    if names.keys() <= known.event_types.keys() and first.keys() <= known.traits.keys():
        return known, batch
    return known, [each for each in batch if _covered(each, known, refused)]


def _covered(each: Usable, known: Known, refused: Refusals) -> bool:
    if each.message.name is not None and each.message.name not in known.event_types:
        refused.append((each.message, Reason.BAD_FIELD, f"event: there are {MOST_EVENTS} names already"))
        return False
    if each.message.type != "group" and not each.said.keys() <= known.traits.keys():
        refused.append((each.message, Reason.BAD_FIELD, f"traits: there are {MOST_TRAITS} keys already"))
        return False
    return True


def _event_types(cursor: Cursor, names: Iterable[str]) -> dict[str, int]:
    wanted = list(names)
    found = _found(cursor, wanted)
    if missing := [name for name in wanted if name not in found]:
        cursor.execute("SELECT count(*) FROM profiles_eventtype")
        room = MOST_EVENTS - cursor.fetchall()[0][0]
        write(
            cursor,
            "INSERT INTO profiles_eventtype (name, created_at)"
            " SELECT name, now() FROM unnest(%s::text[]) AS new(name) ON CONFLICT DO NOTHING",
            [(name,) for name in missing[: max(0, room)]],
        )
        found |= _found(cursor, missing)
    return found


def _found(cursor: Cursor, names: list[str]) -> dict[str, int]:
    cursor.execute("SELECT name, id FROM profiles_eventtype WHERE name = ANY(%s)", [names])
    return dict(cursor.fetchall())


def _traits(cursor: Cursor, first: Mapping[str, Any]) -> dict[str, Definition]:
    """All of them: a merge concerns any trait."""
    found = _defined(cursor)
    if missing := [key for key in first if key not in found]:
        write(
            cursor,
            "INSERT INTO profiles_trait (key, label, type, created_at)"
            " SELECT key, '', type, now() FROM unnest(%s::text[], %s::text[]) AS new(key, type)"
            " ON CONFLICT DO NOTHING",
            [(key, suggested(key, first[key]).value) for key in missing[: max(0, MOST_TRAITS - len(found))]],
        )
        found = _defined(cursor)
    return found


def _defined(cursor: Cursor) -> dict[str, Definition]:
    cursor.execute("SELECT id, key, type FROM profiles_trait")
    return {key: Definition(id_, key, type_) for id_, key, type_ in cursor}


def _precedence(cursor: Cursor) -> Precedence:
    cursor.execute("SELECT id, kind <> %s, precedence FROM profiles_source", [Source.Kind.BROWSER.value])
    return {id_: (trusted, precedence) for id_, trusted, precedence in cursor}
