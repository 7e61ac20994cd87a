"""The outside of a request's body: inflated, measured and taken apart into messages that are not yet looked into."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from profiles.refusals import Reason
from tracking.salvage import salvage

MAX_BODY = 500 * 1024
MAX_MESSAGES = 500
MAX_MESSAGE = 32 * 1024

_GZIP = b"\x1f\x8b"


class TooLargeError(Exception):
    """Over the limit of a request."""


class UnreadableError(Exception):
    """There are no messages in it. `reason` and `detail` are for the quarantine and, in words, for the sender."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request's messages as JSON, and what was said once for all of them (None: nothing usable)."""

    messages: Sequence[bytes | msgspec.Raw]
    write_key: str | None
    sent_at: str | None


class _Wire(msgspec.Struct, rename="camel"):
    # Raw: what is wrong in one field must not cost the others.
    batch: list[msgspec.Raw] | None = None
    write_key: msgspec.Raw = msgspec.Raw()
    sent_at: msgspec.Raw = msgspec.Raw()


_wire = msgspec.json.Decoder(_Wire)


def inflate(body: bytes) -> bytes:
    """The body without its compression, whatever the headers say: JSON never begins like gzip.

    Raises TooLargeError before more than the limit is in memory, UnreadableError when it is damaged.
    """
    if not body.startswith(_GZIP):
        if len(body) > MAX_BODY:
            raise TooLargeError
        return body
    stream = zlib.decompressobj(wbits=31)
    try:
        inflated = stream.decompress(body, MAX_BODY + 1)
    except zlib.error as error:
        raise UnreadableError(Reason.BAD_JSON, "damaged gzip") from error
    if len(inflated) > MAX_BODY:
        raise TooLargeError
    if not stream.eof:
        raise UnreadableError(Reason.BAD_JSON, "gzip ends early")
    if stream.unused_data.startswith(_GZIP):
        raise UnreadableError(Reason.BAD_JSON, "more than one gzip member")
    return inflated


def split(kind: str, body: bytes) -> Envelope:
    """Take a body apart; `kind` as in Inbox. One message that is no JSON does not cost its neighbours.

    Raises UnreadableError when there is nothing to take apart.
    """
    try:
        wire = _wire.decode(body)
        batch: Sequence[bytes | msgspec.Raw] | None = wire.batch
        write_key, sent_at = _text(wire.write_key), _text(wire.sent_at)
    except msgspec.ValidationError as error:
        is_object = body.lstrip()[:1] == b"{"
        reason = Reason.BAD_FIELD if is_object else Reason.NOT_AN_OBJECT
        if not is_object or kind == "batch":
            raise UnreadableError(reason, str(error)) from error
        batch, write_key, sent_at = _loose(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        batch, write_key, sent_at = _loose(body)
    if kind != "batch":
        return Envelope([body], write_key, sent_at)
    if batch is None:
        raise UnreadableError(Reason.BAD_FIELD, "no list of messages in `batch`")
    return Envelope(batch, write_key, sent_at)


def _loose(body: bytes) -> tuple[Sequence[bytes] | None, str | None, str | None]:
    fields = salvage(body)
    if fields is None:
        raise UnreadableError(Reason.BAD_JSON)
    return fields.batch, _text(fields.values.get(b"writeKey", b"")), _text(fields.values.get(b"sentAt", b""))


def _text(raw: bytes | msgspec.Raw) -> str | None:
    if not bytes(raw):
        return None
    try:
        value: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, str) else None
