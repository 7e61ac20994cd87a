"""What the builder offers while a value is typed: values seen lately, and the properties that events came with.

Samples of the newest rows, each read along an index: cheap at any size, and never a list of everything.
A value that only one person has is nobody's suggestion.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql

from segments.operators import BOOLEAN, LIST, NUMBER, TEXT
from segments.snapshot import statement_timeout
from segments.world import World

PEOPLE = 5_000
EVENTS = 2_000
SHOWN = 50
PATIENCE = timedelta(seconds=2)
_LONGEST = 100


@dataclass
class Property:
    """A property of an event: its type, empty when values differ in it, and the values seen most often."""

    key: str
    type: str
    values: list[Any] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """For the browser."""
        return asdict(self)


def values(attribute: str) -> list[Any]:
    """Texts and numbers that an attribute has for several of the newest people, the most frequent first."""
    known = World.now().attributes.get(attribute)
    if known is None:
        return []
    query = sql.SQL(
        "SELECT value FROM (SELECT {expression} AS value FROM (SELECT * FROM profiles_profile"
        " WHERE merged_into IS NULL ORDER BY id DESC LIMIT {people}) AS p) AS seen"
        " WHERE jsonb_typeof(value) IN ('string', 'number') AND length(value::text) <= {longest}"
        " GROUP BY value HAVING count(*) > 1 ORDER BY count(*) DESC, value LIMIT {shown}"
    ).format(
        expression=known.expression(None),
        people=sql.Literal(PEOPLE),
        longest=sql.Literal(_LONGEST),
        shown=sql.Literal(SHOWN),
    )
    return [_read(value) for (value,) in _rows(query)]


def properties(event: str) -> list[Property]:
    """The properties of the newest events of that name, the most frequent first."""
    name_id = World.now().events.get(event)
    if name_id is None:
        return []
    query = sql.SQL(
        "SELECT profile_id, properties FROM profiles_event WHERE name_id = {} ORDER BY occurred_at DESC LIMIT {}"
    ).format(sql.Literal(name_id), sql.Literal(EVENTS))
    return _properties(_rows(query))


def of_accounts() -> list[Property]:
    """What is known of the newest companies, the most frequent first."""
    query = sql.SQL("SELECT id, traits FROM profiles_account ORDER BY id DESC LIMIT {}").format(sql.Literal(EVENTS))
    return _properties(_rows(query))


def _properties(rows: Iterable[tuple[Any, ...]]) -> list[Property]:
    """Of rows of whose they are, and a JSON object."""
    seen: dict[str, _Seen] = defaultdict(_Seen)
    for owner, raw in rows:
        for key, value in _read(raw).items():
            seen[key].note(owner, value)
    found = sorted(seen.items(), key=lambda item: (-item[1].times, item[0]))
    return [Property(key, known.type, known.several()) for key, known in found]


@dataclass
class _Seen:
    """One property in the sample."""

    times: int = 0
    types: set[str] = field(default_factory=set)
    # Who had which value (as JSON, for a list is no key).
    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    counts: Counter[str] = field(default_factory=Counter)

    def note(self, profile_id: int, value: Any) -> None:
        self.times += 1
        self.types.add(_type(value))
        if isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= _LONGEST:
            dumped = json.dumps(value)
            self.counts[dumped] += 1
            self.people[dumped].add(profile_id)

    @property
    def type(self) -> str:
        return next(iter(self.types)) if len(self.types) == 1 else ""

    def several(self) -> list[Any]:
        """The values that more than one person had."""
        common = (value for value, _count in self.counts.most_common() if len(self.people[value]) > 1)
        return [json.loads(value) for value in islice(common, SHOWN)]


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int | float):
        return NUMBER
    return TEXT if isinstance(value, str) else LIST


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value


def _rows(query: sql.Composed) -> list[tuple[Any, ...]]:
    """Nothing when it takes too long: a suggestion is not worth waiting for."""
    try:
        with transaction.atomic(), statement_timeout(PATIENCE):
            return list(connection.connection.execute(query).fetchall())
    except (psycopg.errors.QueryCanceled, psycopg.DataError):
        return []
