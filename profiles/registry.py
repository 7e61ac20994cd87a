"""The register of identifiers and people: what a batch must know of it, and what it writes back.

A fixed number of statements, whatever the batch: identifiers by value, everything about the people
whom this batch may change (those in a message with an unknown identifier, or with two owners), and the writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from profiles.database import Cursor, array, new_ids, write
from profiles.identity import MERGES_WITHIN, Kind, Mark, Person, Resolver, Usable
from profiles.messages import Message
from profiles.models import IdentifierType

Marks = tuple[Mark, ...]


class Registry:
    """The marks and people of one batch; equal identifiers are one object."""

    def __init__(self) -> None:
        self.kinds = {row.name: Kind.read(row) for row in IdentifierType.objects.all()}
        self._marks: dict[tuple[str, str], Mark] = {}
        self._raw: dict[tuple[str, str, str], Mark | None] = {}
        self._met: dict[tuple[object, str], Marks] = {}
        self._by_id: dict[int, Mark] = {}
        self._people: dict[int, Person] = {}

    def marks(self, message: Message) -> Marks:
        """The identifiers of a message that identify somebody, the most trusted first."""
        key = (message.identifiers, message.source.country)
        found = self._met.get(key)
        if found is None:
            marks = (self._mark(kind, raw, message.source.country) for kind, raw in message.identifiers)
            distinct = dict.fromkeys(mark for mark in marks if mark is not None)
            found = self._met[key] = tuple(sorted(distinct, key=lambda mark: mark.kind.rank))
        return found

    def load(self, cursor: Cursor, batch: Sequence[Usable]) -> Resolver:
        """Read who these identifiers are of, and whatever placing these messages may need."""
        self._find(cursor)
        crowds = {each.marks for each in batch if _unsettled(each.marks)}
        people = {mark.person.age: mark.person for marks in crowds for mark in marks if mark.person is not None}
        if not people:
            return Resolver(self.kinds.values(), [])
        self._complete(cursor, people)
        if any(len({mark.person for mark in marks} - {None}) > 1 for marks in crowds):
            self._count_merges(cursor, crowds, batch)
        return Resolver(self.kinds.values(), self._told_apart(cursor))

    def _mark(self, name: str, raw: str, country: str) -> Mark | None:
        key = (name, raw, country)
        if key not in self._raw:
            kind = self.kinds.get(name)
            value = kind.standardised(raw, country) if kind else None
            self._raw[key] = None
            if kind and value is not None:
                self._raw[key] = self._marks.setdefault((name, value), Mark(kind, value))
        return self._raw[key]

    def _find(self, cursor: Cursor) -> None:
        marks = list(self._marks.values())
        cursor.execute(
            "SELECT wanted.n, i.id, i.profile_id, i.frozen_at IS NOT NULL"
            " FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS wanted(type, value, n)"
            " JOIN profiles_identifier i ON i.type_id = wanted.type AND i.value = wanted.value",
            [array(mark.kind.name for mark in marks), array(mark.value for mark in marks)],
        )
        people, by_id = self._people, self._by_id
        for n, id_, profile_id, frozen in cursor:
            mark = by_id[id_] = marks[n - 1]
            person = people.get(profile_id)
            if person is None:
                person = people[profile_id] = Person(profile_id, profile_id)
            mark.id, mark.person, mark.frozen = id_, person, frozen

    def _complete(self, cursor: Cursor, people: dict[int, Person]) -> None:
        """All identifiers of these people, and since when they are theirs."""
        cursor.execute(
            "SELECT i.id, i.type_id, i.value, i.profile_id, i.frozen_at IS NOT NULL, i.first_seen, a.since"
            " FROM profiles_identifier i LEFT JOIN profiles_assignment a"
            " ON a.profile_id = i.profile_id AND a.identifier_id = i.id AND a.until IS NULL"
            " WHERE i.profile_id = ANY(%s::bigint[]) ORDER BY i.id",
            [array(people)],
        )
        for id_, name, value, profile_id, frozen, first_seen, since in cursor:
            mark, person = self._by_id.get(id_), people[profile_id]
            if mark is None:
                mark = self._by_id[id_] = Mark(self.kinds[name], value, "", id_, person, since, first_seen, frozen)
            mark.since, mark.first_seen = since, first_seen
            person.marks.setdefault(name, []).append(mark)

    def _count_merges(self, cursor: Cursor, crowds: Iterable[Marks], batch: Sequence[Usable]) -> None:
        cursor.execute(
            "SELECT identifier_id, at FROM profiles_merge WHERE identifier_id = ANY(%s::bigint[]) AND at > %s",
            [
                array({mark.id for marks in crowds for mark in marks if mark.id is not None}),
                min(each.message.received_at for each in batch) - MERGES_WITHIN,
            ],
        )
        for id_, at in cursor:
            self._by_id[id_].merges.append(at)

    def _told_apart(self, cursor: Cursor) -> list[tuple[Mark, Mark]]:
        """Pairs of which a person said that they are not the same one's."""
        by_id = self._by_id
        cursor.execute(
            "SELECT left_id, right_id FROM profiles_edge WHERE never AND left_id = ANY(%s::bigint[])", [array(by_id)]
        )
        return [(by_id[left], by_id[right]) for left, right in cursor if right in by_id]


def save_people(cursor: Cursor, created: Sequence[Person], traits: Callable[[Person], str]) -> None:
    """Give ids to new people, in the order in which they came, and write them. `traits` gives JSON text."""
    for person, id_ in zip(created, new_ids(cursor, "profiles_profile", len(created)), strict=True):
        person.id = id_
    write(
        cursor,
        "INSERT INTO profiles_profile (id, created_at, merged_into, traits)"
        " SELECT id, created_at, merged_into, traits::jsonb"
        " FROM unnest(%s::bigint[], %s::timestamptz[], %s::bigint[], %s::text[])"
        " AS new(id, created_at, merged_into, traits)",
        [(p.id, p.created_at, p.root.id if p.into else None, traits(p)) for p in created],
    )


def save(cursor: Cursor, resolver: Resolver) -> None:
    """Write identifiers, their owners and what was seen together. The people must have ids by now."""
    new = [mark for mark in resolver.changed if mark.id is None]
    known = [mark for mark in resolver.changed if mark.id is not None]
    for mark, id_ in zip(new, new_ids(cursor, "profiles_identifier", len(new)), strict=True):
        mark.id = id_
    write(
        cursor,
        "INSERT INTO profiles_identifier"
        " (id, type_id, value, raw, profile_id, first_seen, frozen_at, frozen_reason)"
        " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
        " %s::timestamptz[], %s::timestamptz[], %s::text[])",
        [(m.id, m.kind.name, m.value, m.raw, _owner(m), m.first_seen, m.frozen_at, m.frozen_reason) for m in new],
    )
    write(
        cursor,
        "UPDATE profiles_identifier i SET profile_id = now.profile_id,"
        " frozen_at = COALESCE(now.frozen_at, i.frozen_at),"
        " frozen_reason = COALESCE(NULLIF(now.reason, ''), i.frozen_reason)"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[])"
        " AS now(id, profile_id, frozen_at, reason) WHERE i.id = now.id",
        [(m.id, _owner(m), m.frozen_at, m.frozen_reason) for m in known],
    )
    write(
        cursor,
        "INSERT INTO profiles_assignment (profile_id, identifier_id, since, until, message_id)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::uuid[])"
        " ON CONFLICT (profile_id, identifier_id, since) DO UPDATE SET until = EXCLUDED.until",
        [
            (person.id, mark.id, since, until, message_id)
            for (person, mark, since), (until, message_id) in resolver.assignments.items()
        ],
    )
    _save_edges(cursor, resolver)


def _save_edges(cursor: Cursor, resolver: Resolver) -> None:
    rows: dict[tuple[int | None, int | None], Sequence[object]] = {}
    for (a, b), message in resolver.edges.items():
        pair = (a.id, b.id) if (a.id or 0) < (b.id or 0) else (b.id, a.id)
        rows.setdefault(pair, (*pair, message.id, message.source.id, message.occurred_at))
    write(
        cursor,
        "INSERT INTO profiles_edge (left_id, right_id, message_id, source_id, seen_at, never)"
        " SELECT *, false FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[], %s::bigint[], %s::timestamptz[])"
        " ON CONFLICT DO NOTHING",
        rows.values(),
    )


def _unsettled(marks: Marks) -> bool:
    """Whether placing a message with these may change anything: one is nobody's, or they are of several people."""
    person = marks[0].person
    return person is None or any(mark.person is not person for mark in marks)


def _owner(mark: Mark) -> int | None:
    return mark.person.id if mark.person else None
