"""What tests of connections begin with: a connection to the stand-in, people here and there, the worker's work."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors import credentials, follow, inbound, sync
from connectors.models import Connection, Link, SyncRun
from profiles.ingest import apply
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Identifier, Profile, Source
from segments import publish, refresh
from segments.models import Segment
from tests.connectors import standin_adapter  # noqa: F401  registers it
from tests.connectors.standin import TOKEN, Remote

_numbers = count(1)
FIELDS = ("email", "first_name", "last_name", "phone", "score", "segments", "page", "owner")
PEOPLE: dict[str, Any] = {
    "create_here": True,
    "fields": [
        {"remote": "email", "local": "traits.email", "owner": "recent"},
        {"remote": "first_name", "local": "traits.first_name", "owner": "recent"},
        {"remote": "last_name", "local": "traits.last_name", "owner": "crm"},
    ],
}


def connected(
    remote: Remote, address: str, mapping: Mapping[str, Any] | None = None, adapter: str = "standin", **more: Any
) -> Connection:
    """A connection with the usual fields there."""
    for kind in ("company", "contact", "deal"):
        remote.fields.setdefault(kind, {key: {"key": key, "label": key} for key in FIELDS})
    source = Source.objects.create(name="Stand-in", kind=Source.Kind.CONNECTION, country="FR")
    return Connection.objects.create(
        slug="crm", name="Stand-in", adapter=adapter, config={"url": address}, source=source, allow_private=True,
        secrets=credentials.seal({"token": TOKEN}), mapping=mapping or {"contact": PEOPLE}, **more,
    )  # fmt: skip


def lines(*owned: tuple[str, str, str], **more: Any) -> dict[str, Any]:
    """A mapping of contacts from (remote, local, owner)."""
    fields = [{"remote": remote, "local": local, "owner": owner} for remote, local, owner in owned]
    return {"contact": {"create_here": True, "fields": fields, **more}}


def work() -> None:
    """What the worker does until there is nothing left."""
    while inbound.pending():
        inbound.apply_batch()
    if refresh.pending():
        refresh.refresh()
    while follow.pending():
        follow.follow()


def pull(connection: Connection, **how: Any) -> SyncRun:
    """One reading, applied."""
    sync.pull(connection.pk, **how)
    work()
    return _last(connection, SyncRun.Direction.PULL)


def push(connection: Connection, **how: Any) -> SyncRun:
    """One writing; and what it hands to the worker, applied."""
    sync.push(connection.pk, **how)
    work()
    return _last(connection, SyncRun.Direction.PUSH)


def both(connection: Connection) -> None:
    """What the schedule does."""
    pull(connection)
    push(connection)


def said(*identifiers: str, source: str = "shop", precedence: int = 50, **traits: Any) -> Profile:
    """Somebody says something about a person, here."""
    row, _ = Source.objects.get_or_create(name=source, defaults={"kind": "server", "precedence": precedence})
    now = timezone.now()
    facts = SourceFacts(row.pk, row.kind, row.country, row.precedence)
    marks = tuple((kind, value) for kind, _, value in (text.partition(":") for text in identifiers))
    message = Message(
        id=message_key(row.pk, f"said {next(_numbers)}"), source=facts, type="identify", occurred_at=now,
        received_at=now, name=None, identifiers=marks, properties={}, traits=traits, group=None, payload=b"{}",
    )  # fmt: skip
    with transaction.atomic():
        apply([message])
    work()
    return person(identifiers[0])


def person(identifier: str) -> Profile:
    """Whose an identifier is."""
    kind, _, value = identifier.partition(":")
    return Profile.objects.get(pk=Identifier.objects.get(type_id=kind, value=value).profile_id)


def link(remote_id: str, kind: str = "contact") -> Link:
    """The link of a record."""
    return Link.objects.get(object=kind, remote_id=remote_id)


def segment(slug: str, rule: Mapping[str, Any]) -> Segment:
    """A live segment, refreshed."""
    made = Segment.objects.filter(slug=slug).first() or Segment(slug=slug, name=slug.replace("-", " ").title())
    publish.publish(made, dict(rule), None)
    work()
    return made


def _last(connection: Connection, direction: str) -> SyncRun:
    return SyncRun.objects.filter(connection=connection, direction=direction).first() or SyncRun()
