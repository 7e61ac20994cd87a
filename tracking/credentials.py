"""By whom a request is: the write key it shows, looked up by digest in a table that is cached and re-read often."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import parse_qs

from profiles.keys import digest

# A key that was withdrawn, a source that was disabled: at most this much longer (seconds).
REFRESH_EVERY = 3.0
# A key unknown so far may be new: look again, but no more often than this, whatever strangers send.
RETRY_EVERY = 0.5

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Writer:
    """An enabled source with a key of its own, valid until `expires_at` (None: until withdrawn)."""

    source_id: int
    name: str
    allowed_origins: frozenset[str]
    expires_at: datetime | None


class Keyring:
    """Who may write, by the digest of their key. `load` reads the table; it may raise psycopg.OperationalError."""

    def __init__(self, load: Callable[[], Mapping[bytes, Writer]]) -> None:
        self._load = load
        self._writers: Mapping[bytes, Writer] | None = None
        self._loaded_at = 0.0
        self._loading = Lock()

    def find(self, key: str) -> Writer | None:
        """The writer whose key this is, if it is valid now."""
        if not key or len(key) > _LONGEST:
            return None
        wanted = digest(key)
        writer = self._table(REFRESH_EVERY).get(wanted) or self._table(RETRY_EVERY).get(wanted)
        if writer is None or (writer.expires_at is not None and writer.expires_at <= datetime.now(UTC)):
            return None
        return writer

    def _table(self, fresh_for: float) -> Mapping[bytes, Writer]:
        """The table, read anew by one thread when it is old; the others meanwhile use the one they have."""
        writers = self._writers
        if writers is not None and time.monotonic() - self._loaded_at < fresh_for:
            return writers
        if not self._loading.acquire(blocking=writers is None):
            return writers or {}
        try:
            if self._writers is None or time.monotonic() - self._loaded_at >= fresh_for:
                self._writers = self._load()
                self._loaded_at = time.monotonic()
            return self._writers
        finally:
            self._loading.release()


def from_header(authorization: str) -> str | None:
    """The user name of Basic credentials: SDKs put the key there, with an empty password."""
    scheme, _, encoded = authorization.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[0].strip() or None


def from_query(query: str) -> str | None:
    """The key in `?writeKey=`."""
    if "writeKey" not in query:
        return None
    try:
        values = parse_qs(query, max_num_fields=20).get("writeKey", [""])
    except ValueError:
        return None
    return values[0].strip() or None
