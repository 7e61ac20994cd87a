"""From an accepted request to messages, or to refusals that say why. Never raises for anything a client can send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import msgspec

from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Source
from profiles.refusals import Reason
from tracking import clock, contexts, storable, wire
from tracking.contexts import Facts
from tracking.envelope import MAX_MESSAGE, UnreadableError, split
from tracking.quarantine import Refused
from tracking.wire import RefusedError, Wire


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row of the inbox."""

    source: SourceFacts
    kind: str
    received_at: datetime
    body: bytes

    def refused(
        self, kind: str, error: RefusedError | UnreadableError, payload: bytes, sent_at: datetime | None = None
    ) -> Refused:
        """A part of it, or the whole, for the quarantine."""
        sent_at = None if kind else sent_at
        return Refused(self.source.id, kind, error.reason, error.detail, payload, self.received_at, sent_at)


class Received(Message, frozen=True, kw_only=True):
    """A message, and how it came: what a refusal needs beside the payload (see Refused)."""

    kind: str
    sent_at: datetime | None
    # The circumstances of an event of a browser: what visits are made of.
    facts: Facts | None = None

    def refused(self, reason: Reason, detail: str) -> Refused:
        """This message, for the quarantine."""
        sent_at = None if self.kind else self.sent_at
        return Refused(self.source.id, self.kind, reason, detail, self.payload, self.received_at, sent_at)


def decode(accepted: Accepted) -> tuple[list[Received], list[Refused]]:
    """The messages of a request in their order, and those of its parts that are none."""
    try:
        envelope = split(accepted.kind, accepted.body)
    except UnreadableError as error:
        return [], [accepted.refused(accepted.kind, error, accepted.body)]
    sent_at = _lenient(envelope.sent_at)
    # One message out of a batch is kept in quarantine by itself, without the address it came to.
    kind = "" if accepted.kind == "batch" else accepted.kind
    messages: list[Received] = []
    refused: list[Refused] = []
    for place, raw in enumerate(envelope.messages):
        payload = bytes(raw)
        try:
            messages.append(_message(accepted, kind, payload, place, sent_at))
        except RefusedError as error:
            refused.append(accepted.refused(kind, error, payload, sent_at))
    return messages, refused


def _message(accepted: Accepted, kind: str, payload: bytes, place: int, sent_at: datetime | None) -> Received:
    """One message. Raises RefusedError."""
    if len(payload) > MAX_MESSAGE:
        raise RefusedError(Reason.TOO_LARGE, f"{len(payload)} bytes")
    said = _read(payload)
    type_ = kind or said.type
    if not isinstance(type_, str) or type_ not in wire.TYPES:
        raise RefusedError(Reason.UNKNOWN_TYPE, type_[:80] if isinstance(type_, str) else "")
    name, group = wire.event_name(type_, said), wire.group(type_, said)
    identifiers = wire.identifiers(type_, said)
    properties, traits = wire.properties(type_, said), wire.traits(type_, said)
    ids = [text for pair in identifiers for text in pair]
    objection = storable.objection(payload, (name, group, ids, properties, traits))
    if objection is not None:
        raise RefusedError(objection)
    if sent_at is None and isinstance(said.sent_at, str):
        sent_at = _lenient(said.sent_at)
    facts = None
    if name is not None and accepted.source.kind == Source.Kind.BROWSER:
        facts = contexts.of(said, properties)
    return Received(
        id=message_key(accepted.source.id, _message_id(accepted, said, payload, place)),
        source=accepted.source,
        type=type_,
        occurred_at=_occurred_at(said, sent_at, accepted.received_at),
        received_at=accepted.received_at,
        name=name,
        identifiers=identifiers,
        properties=properties,
        traits=traits,
        group=group,
        payload=payload,
        context_id=facts and facts.id,
        kind=kind,
        sent_at=sent_at,
        facts=facts,
    )


def _read(payload: bytes) -> Wire:
    try:
        return wire.decoder.decode(payload)
    except msgspec.ValidationError as error:
        reason = Reason.BAD_FIELD if payload.lstrip()[:1] == b"{" else Reason.NOT_AN_OBJECT
        raise RefusedError(reason, str(error)) from error
    except RecursionError as error:
        raise RefusedError(Reason.TOO_DEEP) from error
    except msgspec.DecodeError as error:
        raise RefusedError(storable.unreadable(payload), str(error)) from error
    except UnicodeDecodeError as error:
        raise RefusedError(Reason.UNSTORABLE_TEXT, "not UTF-8") from error


def _message_id(accepted: Accepted, said: Wire, payload: bytes, place: int) -> str:
    """The sender's id; without one, an id that applying the same request again derives again."""
    if said.message_id is not None and said.message_id != "":
        return str(said.message_id)
    when = f"{accepted.received_at.isoformat()}#{place}:".encode()
    return blake2b(when + payload, digest_size=16).hexdigest()


def _occurred_at(said: Wire, sent_at: datetime | None, received_at: datetime) -> datetime:
    text = said.timestamp or said.original_timestamp
    try:
        return clock.happened(clock.parse(text) if text else None, sent_at, received_at)
    except clock.NotATimeError as error:
        raise RefusedError(Reason.BAD_FIELD, f"timestamp: {error}") from error
    except clock.OutOfRangeError as error:
        raise RefusedError(Reason.TIME_OUT_OF_RANGE, str(error)) from error


def _lenient(sent_at: str | None) -> datetime | None:
    """When it was sent; a sender that cannot say so is taken to have the right time."""
    try:
        return clock.parse(sent_at) if sent_at else None
    except (clock.NotATimeError, clock.OutOfRangeError):
        return None
