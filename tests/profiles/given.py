"""What tests of ingestion begin with: sources, messages in a few words, and the state in a few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from profiles.ingest import Applied, apply
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Event, Identifier, Profile, Source, TraitValue

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
_numbers = count(1)


def source(name: str = "shop", kind: str = "server", precedence: int = 50, country: str = "FR") -> SourceFacts:
    """A source, made on first mention."""
    row, _ = Source.objects.get_or_create(
        name=name, defaults={"kind": kind, "precedence": precedence, "country": country}
    )
    return SourceFacts(row.pk, row.kind, row.country, row.precedence)


def browser(name: str = "site", precedence: int = 50) -> SourceFacts:
    """A source whose key is public."""
    return source(name, "browser", precedence)


def message(
    *identifiers: str,
    name: str | None = "Page Viewed",
    kind: str = "track",
    traits: dict[str, Any] | None = None,
    properties: dict[str, Any] | None = None,
    at: float | datetime = 0,
    received: float | datetime | None = None,
    by: SourceFacts | None = None,
    group: str | None = None,
    key: str | None = None,
) -> Message:
    """A message with identifiers such as "email:anna@x.org". `at` and `received` are minutes after NOON, or times."""
    by = by or source()
    occurred = _time(at)
    return Message(
        id=message_key(by.id, key or f"message {next(_numbers)}"),
        source=by,
        type=kind,
        occurred_at=occurred,
        received_at=occurred if received is None else _time(received),
        name=name if kind == "track" else None,
        identifiers=tuple((kind, value) for kind, _, value in (text.partition(":") for text in identifiers)),
        properties=properties or {},
        traits=traits or {},
        group=group,
        payload=b"{}",
    )


def identify(*identifiers: str, **rest: Any) -> Message:
    """A message that says who somebody is; keywords are those of `message`."""
    return message(*identifiers, kind="identify", **rest)


def applied(*messages: Message) -> Applied:
    """Apply these in one batch."""
    with transaction.atomic():
        return apply(messages)


def one_by_one(messages: Iterable[Message]) -> list[Applied]:
    """Apply these in a batch each."""
    return [applied(each) for each in messages]


def people() -> set[frozenset[str]]:
    """Everybody, each as the set of their identifiers."""
    owned: dict[int, set[str]] = {person.pk: set() for person in Profile.objects.present()}
    for identifier in Identifier.objects.all():
        owned[identifier.profile_id].add(f"{identifier.type_id}:{identifier.value}")
    return {frozenset(identifiers) for identifiers in owned.values()}


def groups(*texts: str) -> set[frozenset[str]]:
    """The same from texts: one per person, identifiers parted by blanks."""
    return {frozenset(text.split()) for text in texts}


def person(identifier: str) -> Profile:
    """Whose an identifier is."""
    kind, _, value = identifier.partition(":")
    return Profile.objects.get(pk=Identifier.objects.get(type_id=kind, value=value).profile_id)


def events(identifier: str) -> list[str]:
    """What somebody did, in order."""
    rows = Event.objects.filter(profile_id=person(identifier).pk).order_by("occurred_at").select_related("name")
    return [row.name.name for row in rows]


def said(identifier: str, key: str) -> list[tuple[Any, str, float, float | None]]:
    """The candidates of a trait: (value, source, since, until) in minutes after NOON, in order."""
    rows = TraitValue.objects.filter(profile_id=person(identifier).pk, trait__key=key).select_related("source")
    found = [(row.value, row.source.name, _minutes(row.since), _minutes(row.until)) for row in rows]
    return sorted(found, key=lambda row: (row[1], row[2], row[3] is None))


def batched(messages: Sequence[Message], sizes: Iterable[int]) -> list[Sequence[Message]]:
    """Cut a sequence into batches of these sizes, the last taking the rest."""
    cut, start = [], 0
    for size in sizes:
        cut.append(messages[start : start + size])
        start += size
    return [batch for batch in [*cut, messages[start:]] if batch]


def _time(at: float | datetime) -> datetime:
    return at if isinstance(at, datetime) else NOON + timedelta(minutes=at)


def _minutes(at: datetime | None) -> float | None:
    return None if at is None else (at - NOON).total_seconds() / 60
