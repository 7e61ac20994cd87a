"""A message as the Segment Spec has it on the wire, as far as Kith reads it, and what stands where in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from profiles.refusals import Reason

# Longer names and ids are mistakes; an index could not hold them.
LONGEST_NAME = 200
LONGEST_IDENTIFIER = 500

_PAGE_FIELDS = ("url", "path", "referrer", "title", "search")


class RefusedError(Exception):
    """The message cannot be applied; `reason` and `detail` are for the quarantine."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class ExternalId(msgspec.Struct):
    """An identifier of a type of the sender's choosing."""

    id: str | int
    type: str


class Context(msgspec.Struct, rename="camel"):
    """What a message says about its circumstances."""

    traits: dict[str, Any] | None = None
    page: dict[str, Any] | None = None
    # Segment's spelling, and RudderStack's.
    external_ids: list[ExternalId] | None = None
    external_id: list[ExternalId] | None = None
    # What visits are made of (contexts.py). Left as they are written: whatever stands there is no reason to refuse.
    user_agent: Any = None
    campaign: msgspec.Raw = msgspec.Raw()
    consent: msgspec.Raw = msgspec.Raw()


class Wire(msgspec.Struct, rename="camel"):
    """One message. What another type has elsewhere, or nobody reads, is not checked here."""

    type: Any = None
    message_id: str | int | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    group_id: str | int | None = None
    event: str | None = None
    name: Any = None
    category: Any = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: Any = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: Context | None = None


TYPES = frozenset({"track", "page", "screen", "identify", "group", "alias"})
_NAMES = {"page": "Page Viewed", "screen": "Screen Viewed"}

decoder = msgspec.json.Decoder(Wire)


def event_name(kind: str, wire: Wire) -> str | None:
    """The name of what happened; None when nothing did."""
    if kind != "track":
        return _NAMES.get(kind)
    name = (wire.event or "").strip()
    if not name:
        raise RefusedError(Reason.BAD_FIELD, "a track without an event name")
    return _short(name, "event")


def group(kind: str, wire: Wire) -> str | None:
    """The key of the account it is about."""
    if kind != "group":
        return None
    key = "" if wire.group_id is None else str(wire.group_id).strip()
    if not key:
        raise RefusedError(Reason.BAD_FIELD, "a group without groupId")
    return _short(key, "groupId")


def properties(kind: str, wire: Wire) -> dict[str, Any]:
    """What is said about the event. A page's address and title come from its context, if it does not say them."""
    own = wire.properties or {}
    if kind not in _NAMES:
        return own
    merged: dict[str, Any] = {}
    if kind == "page" and wire.context and wire.context.page:
        page = wire.context.page
        merged = {name: page[name] for name in _PAGE_FIELDS if page.get(name) is not None}
    for field, value in (("name", wire.name), ("category", wire.category)):
        if value is not None:
            merged[field] = value
    return {**merged, **own}


def traits(kind: str, wire: Wire) -> dict[str, Any]:
    """What is said about the person, or in a group message about the account."""
    if kind == "group":
        return wire.traits or {}
    beside = (wire.context and wire.context.traits) or {}
    return {**beside, **(wire.traits or {})} if kind == "identify" else beside


def identifiers(kind: str, wire: Wire) -> tuple[tuple[str, str], ...]:
    """Everything that says whose it is, as received and each once."""
    found = dict.fromkeys(_identifiers(kind, wire))
    if not found:
        raise RefusedError(Reason.NO_IDENTIFIER)
    for type_, value in found:
        if len(value) > LONGEST_IDENTIFIER or len(type_) > LONGEST_NAME:
            raise RefusedError(Reason.BAD_FIELD, f"an identifier of more than {LONGEST_IDENTIFIER} characters")
    return tuple(found)


def _identifiers(kind: str, wire: Wire) -> Iterator[tuple[str, str]]:
    previous = wire.previous_id if kind == "alias" else None
    for type_, id_ in (("user_id", wire.user_id), ("anonymous_id", wire.anonymous_id), ("anonymous_id", previous)):
        if id_ is not None and id_ != "":
            yield type_, str(id_)
    context = wire.context
    if context is not None:
        yield from _contacts(context.traits)
        for external in (*(context.external_ids or ()), *(context.external_id or ())):
            yield external.type, str(external.id)
    if kind == "identify":
        yield from _contacts(wire.traits)


def _contacts(said: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """The traits that also tell people apart."""
    email, phone = (said.get("email"), said.get("phone")) if said else (None, None)
    if email and isinstance(email, str):
        yield "email", email
    if phone and type(phone) in {str, int}:
        yield "phone", str(phone)


def _short(name: str, field: str) -> str:
    if len(name) > LONGEST_NAME:
        raise RefusedError(Reason.BAD_FIELD, f"{field} has more than {LONGEST_NAME} characters")
    return name
