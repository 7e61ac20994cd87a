"""What could not be applied: kept with its reason, within its source's quota, and put through again after a fix."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import msgspec
from django.db import transaction
from django.utils import timezone

from profiles.refusals import Reason
from tracking.models import Inbox, Quarantine

_DETAIL = 500
# A write key is hashed wherever it rests; SDKs send it along in the body.
_KEY_IN_BODY = re.compile(rb'("writeKey"\s*:\s*")[^"]*')

# A quota of n messages is also one of n times the size that a message may have: whole bodies are larger.
_KEEP = """
    WITH arrived AS (
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[],
                             %s::timestamptz[], %s::timestamptz[]) WITH ORDINALITY
            AS a(source_id, kind, reason, detail, payload, received_at, sent_at, place)
    ), counted AS (
        SELECT a.*, row_number() OVER w AS nth, sum(octet_length(payload)) OVER w AS bytes
        FROM arrived a WINDOW w AS (PARTITION BY source_id ORDER BY place)
    ), room AS (
        SELECT s.id, s.quarantine_quota - kept.messages AS messages,
               s.quarantine_quota * 32768::bigint - kept.bytes AS bytes
        FROM profiles_source s, LATERAL (
            SELECT count(*) AS messages, coalesce(sum(octet_length(q.payload)), 0) AS bytes
            FROM tracking_quarantine q WHERE q.source_id = s.id AND q.replayed_at IS NULL) kept
        WHERE s.id = ANY (%s::bigint[])
    )
    INSERT INTO tracking_quarantine (source_id, kind, reason, detail, payload, received_at, sent_at)
    SELECT c.source_id, c.kind, c.reason, c.detail, c.payload, c.received_at, c.sent_at
    FROM counted c JOIN room r ON r.id = c.source_id
    WHERE c.nth <= r.messages AND c.bytes <= r.bytes
    ORDER BY c.place
    RETURNING source_id"""
_OVERFLOW = """
    INSERT INTO tracking_overflow AS o (source_id, messages, last_at)
    SELECT a.source_id, a.messages, now() FROM unnest(%s::bigint[], %s::bigint[]) AS a(source_id, messages)
    JOIN profiles_source s ON s.id = a.source_id
    ON CONFLICT (source_id) DO UPDATE SET messages = o.messages + excluded.messages, last_at = excluded.last_at"""


class Executes(Protocol):
    """A psycopg connection, or a cursor of Django's: both answer with a cursor of psycopg's."""

    def execute(self, query: Any, params: Any = ..., /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be applied. `kind`: as in Inbox; "" for one message out of a batch that was sent at `sent_at`."""

    source_id: int
    kind: str
    reason: Reason
    detail: str
    payload: bytes
    received_at: datetime
    sent_at: datetime | None = None


def keep(database: Executes, refused: Sequence[Refused]) -> int:
    """Keep these within each source's quota, and say how many. What finds no room is counted in Overflow."""
    if not refused:
        return 0
    rows = database.execute(
        _KEEP,
        [
            [item.source_id for item in refused],
            [item.kind for item in refused],
            [str(item.reason) for item in refused],
            [_storable(item.detail)[:_DETAIL] for item in refused],
            [_KEY_IN_BODY.sub(rb"\1", item.payload) for item in refused],
            [item.received_at for item in refused],
            [item.sent_at for item in refused],
            list({item.source_id for item in refused}),
        ],
    ).fetchall()
    without_room = Counter(item.source_id for item in refused) - Counter(row[0] for row in rows)
    if without_room:
        database.execute(_OVERFLOW, [list(without_room), list(without_room.values())])
    return len(rows)


def replay(rows: Iterable[Quarantine]) -> int:
    """Put these through the inbox again, as of when they came; say how many. Those replayed already are left alone."""
    with transaction.atomic():
        waiting = list(
            Quarantine.objects.select_for_update()
            .filter(pk__in=[row.pk for row in rows], replayed_at__isnull=True)
            .order_by("pk")
        )
        Inbox.objects.bulk_create(
            Inbox(
                source_id=row.source_id,
                kind=row.kind or "batch",
                messages=1,
                received_at=row.received_at,
                body=bytes(row.payload) if row.kind else _batch(row),
            )
            for row in waiting
        )
        Quarantine.objects.filter(pk__in=[row.pk for row in waiting]).update(replayed_at=timezone.now())
    return len(waiting)


def _batch(row: Quarantine) -> bytes:
    """A message that came in a batch, in a batch of its own sent at the same time."""
    sent_at = msgspec.json.encode(row.sent_at)
    return b'{"sentAt":%b,"batch":[%b]}' % (sent_at, bytes(row.payload))


def _storable(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
