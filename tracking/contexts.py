"""The circumstances of an event: on what it was done, what brought the person there, what they had consented to.

Each combination is kept once (models.Context), under an id that is a digest of it: an event names it without asking
the database, and the same event names the same one however often it is applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from profiles.database import Cursor, array, write
from tracking import storable
from tracking.campaigns import brought, host, outside, telling
from tracking.channels import DIRECT_ORIGIN, NO_MEDIUM
from tracking.wire import Wire

_LONGEST_AGENT: Final = 500
# What is longer is no flag and no list of purposes.
_LONGEST_CONSENT: Final = 4_000


class Facts(NamedTuple):
    """A row of Context. `consent` is JSON text with sorted keys, or ""; `arrival` is 0 where no campaign brought it."""

    id: int | None
    user_agent: str = ""
    consent: str = ""
    origin: str = DIRECT_ORIGIN
    medium: str = NO_MEDIUM
    campaign: str = ""
    term: str = ""
    content: str = ""
    click_id: str = ""
    referrer: str = ""
    arrival: int = 0


# Of an event that was sent without any.
UNKNOWN: Final = Facts(None)


def of(said: Wire, properties: dict[str, Any]) -> Facts:
    """The circumstances of a message; `properties` are those of its event. Never raises for what a client can send."""
    context = said.context
    if context is None:
        return _facts("", b"", b"", "", "")
    page: dict[str, Any] = context.page or {}
    url = page.get("url") or properties.get("url")
    referrer = page.get("referrer") or properties.get("referrer")
    url = url if isinstance(url, str) else ""
    agent = context.user_agent
    return _facts(
        agent if isinstance(agent, str) else "",
        bytes(context.consent),
        bytes(context.campaign),
        telling(url),
        outside(referrer, host(url)) if isinstance(referrer, str) and referrer else "",
    )


def keep(cursor: Cursor, facts: Iterable[Facts]) -> None:
    """Write those that are not kept yet."""
    write(
        cursor,
        "INSERT INTO tracking_context (id, user_agent, consent, origin, medium, campaign, term, content, click_id,"
        " referrer, arrival) SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[]) ON CONFLICT DO NOTHING",
        sorted(each for each in set(facts) if each.id is not None),
    )


def read(cursor: Cursor, ids: Iterable[int]) -> dict[int | None, Facts]:
    """Those of these ids."""
    cursor.execute(
        "SELECT id, user_agent, consent, origin, medium, campaign, term, content, click_id, referrer, arrival"
        " FROM tracking_context WHERE id = ANY(%s::bigint[])",
        [array(set(ids))],
    )
    return {row[0]: Facts(*row) for row in cursor}


def canonical(consent: bytes | str) -> str:
    """A consent as it is compared: JSON with sorted keys; "" for what says nothing, or cannot be kept."""
    raw = consent.encode() if isinstance(consent, str) else consent
    if not raw or len(raw) > _LONGEST_CONSENT:
        return ""
    try:
        value = msgspec.json.decode(raw)
        # Nothing, an empty object and an empty list say nothing.
        if value in (None, {}, [], "") or storable.objection(raw, (value,)):
            return ""
        return msgspec.json.encode(value, order="sorted").decode()
    except (msgspec.DecodeError, RecursionError):
        return ""


@lru_cache(maxsize=1 << 14)
def _facts(agent: str, consent: bytes, campaign: bytes, query: str, referrer: str) -> Facts:
    came = brought(query, _object(campaign), referrer)
    arrival = _digest(came.arrival) if came.arrival else 0
    said = (
        *(agent.replace("\x00", "")[:_LONGEST_AGENT], canonical(consent)),
        *(came.origin, came.medium, came.campaign, came.term, came.content, came.click_id, came.referrer),
    )
    return Facts(_digest("\x1f".join([*said, str(arrival)])), *said, arrival)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(raw) if raw else {}
    except (msgspec.DecodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _digest(text: str) -> int:
    """64 bits as PostgreSQL's bigint has them; never 0."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1
