"""By what a person is recognised: identifiers, whose they were before, and who was merged into this person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q
from django.http import HttpRequest

from profiles.models import Assignment, Edge, Event, Identifier, Merge, Profile, Source

# A person may have a thousand identifiers; the page shows the most telling.
LIMIT = 300


@dataclass(frozen=True)
class Mark:
    """An identifier of this person; `source` is who first used it for them, "" when nobody recorded it."""

    id: int
    type: str
    kind: str
    device: bool
    value: str
    raw: str
    since: datetime
    source: str
    frozen: str


@dataclass(frozen=True)
class Owner:
    """An identifier was somebody else's (or went to somebody else) in the time between."""

    identifier: str
    person_id: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Joined:
    """Somebody became this person: who, when, and through which identifier."""

    absorbed_id: int
    at: datetime
    through: str
    source: str


def context(person: Profile, _request: HttpRequest) -> dict[str, Any]:
    """For the panel, in a fixed number of queries."""
    identifiers = list(
        Identifier.objects.filter(profile_id=person.pk)
        .select_related("type")
        .order_by("type__rank", "first_seen")[:LIMIT]
    )
    ids = [identifier.pk for identifier in identifiers]
    return {
        "marks": _marks(person.pk, identifiers),
        "earlier": _earlier(person.pk, ids, {identifier.pk: str(identifier.value) for identifier in identifiers}),
        "gone": _gone(person.pk),
        "merges": _merges(person.pk),
        "limit": LIMIT if len(ids) == LIMIT else 0,
    }


def _marks(profile_id: int, identifiers: Sequence[Identifier]) -> list[Mark]:
    ids = [identifier.pk for identifier in identifiers]
    first_source = _used_by(profile_id, ids) | _first_sources(ids)
    names = dict(Source.objects.values_list("pk", "name"))
    since = _since(profile_id, ids)
    return [
        Mark(
            id=identifier.pk,
            type=identifier.type_id,
            kind=str(identifier.type),
            device=identifier.type.movable,
            value=identifier.value,
            raw=identifier.raw if identifier.raw != identifier.value else "",
            since=since.get(identifier.pk, identifier.first_seen),
            source=names.get(first_source.get(identifier.pk, 0), ""),
            frozen=identifier.frozen_reason if identifier.frozen_at else "",
        )
        for identifier in identifiers
    ]


def _used_by(profile_id: int, ids: Sequence[int]) -> dict[int | None, int]:
    """A source of the events that came with each identifier."""
    events = Event.objects.filter(profile_id=profile_id, identifier_id__in=ids)
    return dict(events.values_list("identifier_id").annotate(source=Min("source_id")))


def _first_sources(ids: Sequence[int]) -> dict[int | None, int]:
    """The source of the first message that named each identifier together with another."""
    edges = (
        Edge.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids), never=False)
        .order_by("seen_at")
        .values_list("left_id", "right_id", "source_id")[: LIMIT * 10]
    )
    first: dict[int | None, int] = {}
    for left, right, source in edges:
        if source is not None:
            first.setdefault(left, source)
            first.setdefault(right, source)
    return first


def _since(profile_id: int, ids: Sequence[int]) -> dict[int, datetime]:
    """Since when each identifier is this person's."""
    rows = Assignment.objects.filter(profile_id=profile_id, identifier_id__in=ids, until__isnull=True)
    return dict(rows.values_list("identifier_id", "since"))


def _earlier(profile_id: int, ids: Sequence[int], values: dict[int, str]) -> list[Owner]:
    """Whose these identifiers were before."""
    rows = Assignment.objects.filter(identifier_id__in=ids).exclude(profile_id=profile_id).order_by("-since")
    return [Owner(values[row.identifier_id], row.profile_id, row.since, row.until) for row in rows[:LIMIT]]


def _gone(profile_id: int) -> list[Owner]:
    """What was this person's and is somebody else's now."""
    closed = list(Assignment.objects.filter(profile_id=profile_id, until__isnull=False).order_by("-since")[:LIMIT])
    theirs = Identifier.objects.filter(pk__in=[row.identifier_id for row in closed]).exclude(profile_id=profile_id)
    by_id = {identifier.pk: identifier for identifier in theirs}
    return [
        Owner(by_id[row.identifier_id].value, by_id[row.identifier_id].profile_id, row.since, row.until)
        for row in closed
        if row.identifier_id in by_id
    ]


def _merges(profile_id: int) -> list[Joined]:
    merges = list(Merge.objects.filter(survivor_id=profile_id).select_related("source").order_by("-at")[:LIMIT])
    through = _values(merge.identifier_id for merge in merges)
    return [
        Joined(
            absorbed_id=merge.absorbed_id,
            at=merge.at,
            through=through.get(merge.identifier_id or 0, ""),
            source=merge.source.name if merge.source else "",
        )
        for merge in merges
    ]


def _values(ids: Iterable[int | None]) -> dict[int, str]:
    found = Identifier.objects.filter(pk__in=[key for key in ids if key is not None]).select_related("type")
    return {identifier.pk: f"{identifier.type.label} {identifier.value}" for identifier in found}
