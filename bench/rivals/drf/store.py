"""From messages to people and events: a fixed number of queries a batch, all of them the ORM's."""

from functools import cache
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import transaction

from bench.rivals.drf.models import Change, Event, EventType, Identifier, Profile, SeenMessage, TraitValue

Message = dict[str, Any]


@transaction.atomic
def store(messages: list[Message]) -> None:
    """Store what is new among these messages, and whose it is."""
    keyed = {_key(message): message for message in messages}
    seen = set(SeenMessage.objects.filter(pk__in=keyed).values_list("pk", flat=True))
    new = {key: message for key, message in keyed.items() if key not in seen}
    SeenMessage.objects.bulk_create((SeenMessage(id=key) for key in new), ignore_conflicts=True)
    people = _people(list(new.values()))
    _update(people, new)
    events = [
        Event(
            id=key,
            profile=people[key],
            name_id=event_type(_event_name(message)),
            occurred_at=message["timestamp"],
            value=_value(message),
            properties={**message["context"].get("page", {}), **message["properties"]},
        )
        for key, message in new.items()
        if message["type"] != "identify"
    ]
    Event.objects.bulk_create(events, ignore_conflicts=True)


def _people(messages: list[Message]) -> dict[UUID, Profile]:
    """Whose each message is. Found by any of its identifiers, else made; the others are theirs from now on."""
    keys = {key for message in messages for key in _identifiers(message)}
    rows = Identifier.objects.filter(key__in=keys).select_related("profile")
    known = {row.key: row.profile for row in rows}
    made: list[Profile] = []
    attached: dict[str, Profile] = {}
    people: dict[UUID, Profile] = {}
    for message in messages:
        keys_here = _identifiers(message)
        profile = next((known[key] for key in keys_here if key in known), None)
        if profile is None:
            profile = Profile(last_seen=message["timestamp"])
            made.append(profile)
        for key in keys_here:
            if key not in known:
                known[key] = attached[key] = profile
        people[_key(message)] = profile
    Profile.objects.bulk_create(made)
    # In order, so that two requests at once do not wait for each other.
    identifiers = [Identifier(key=key, profile=attached[key]) for key in sorted(attached)]
    Identifier.objects.bulk_create(identifiers, ignore_conflicts=True)
    return people


def _update(people: dict[UUID, Profile], messages: dict[UUID, Message]) -> None:
    """When they were last seen, how often, what is known about them since when, and that it changed."""
    # Without the key: inserting what refers to a person must not wait, or two requests at once wait for each other.
    locked = Profile.objects.select_for_update(no_key=True).order_by("pk")
    touched = locked.in_bulk({person.pk for person in people.values()})
    values: list[TraitValue] = []
    changes: set[tuple[int, str]] = set()
    for key, message in messages.items():
        profile, at = touched[people[key].pk], message["timestamp"]
        profile.last_seen = max(profile.last_seen, at)
        if message["type"] != "identify":
            profile.events += 1
            changes.add((profile.pk, f"event:{_event_name(message)}"))
        for trait, value in message["traits"].items():
            if profile.traits.get(trait) != value:
                profile.traits[trait] = value
                values.append(TraitValue(profile=profile, key=trait, value=value, since=at))
                changes.add((profile.pk, f"trait:{trait}"))
    Profile.objects.bulk_create(
        [touched[pk] for pk in sorted(touched)],
        update_conflicts=True,
        update_fields=["last_seen", "events", "traits"],
        unique_fields=["id"],
    )
    TraitValue.objects.bulk_create(values)
    Change.objects.bulk_create(Change(profile_id=pk, topic=topic) for pk, topic in changes)


def _event_name(message: Message) -> str:
    return message.get("event") or "Page Viewed"


def _identifiers(message: Message) -> list[str]:
    return [f"{kind}:{message[kind]}" for kind in ("userId", "anonymousId") if message.get(kind)]


def _key(message: Message) -> UUID:
    return UUID(bytes=blake2b(message["messageId"].encode(), digest_size=16).digest())


def _value(message: Message) -> int | None:
    price = message["properties"].get("price")
    return round(price * 100) if message.get("event") == "Order Completed" and price else None


@cache
def event_type(name: str) -> int:
    """The id of an event's name; forget it (cache_clear) when the transaction that made it fails."""
    return EventType.objects.get_or_create(name=name)[0].pk
