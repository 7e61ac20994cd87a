"""Records as JSON and back, and what tells whether one is as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from connectors.adapters.base import Record

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(list[Record]).decode


def packed(records: Sequence[Record]) -> bytes:
    """Records as they wait for the worker."""
    return _encode(records)


def unpacked(stored: bytes) -> list[Record]:
    """And back; times have their zone again."""
    return _decode(bytes(stored))


def digest(record: Record) -> bytes:
    """Equal for records that say the same. When they were changed does not count: a write that changes nothing does
    not make a record another."""
    return digest_of(record.values, record.parents, record.email, record.url)


def digest_of(values: Mapping[str, Any], parents: Mapping[str, Sequence[str]], email: str, url: str) -> bytes:
    """The same from what a link keeps."""
    said = {key: value for key, value in values.items() if value not in (None, "", [])}
    return blake2b(_encode([said, parents, email, url]), digest_size=16).digest()


def key(remote_id: str, payload: Mapping[str, Any]) -> str:
    """What makes a write the same write: the record and what is written."""
    return blake2b(_encode([remote_id, payload]), digest_size=16).hexdigest()


def storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values without what PostgreSQL's JSON cannot hold, to be shown to people."""
    found: dict[str, Any] = msgspec.json.decode(
        _encode(values).replace(b"\\u0000", "\N{REPLACEMENT CHARACTER}".encode())
    )
    return found
