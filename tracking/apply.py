"""From the inbox to people: one transaction a batch, and a message that breaks it is found and set aside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from django.db import transaction

from profiles import database, ingest
from profiles.messages import SourceFacts
from profiles.models import Source
from profiles.refusals import Reason
from tracking import quarantine, visits
from tracking.decode import Accepted, Received, decode
from tracking.failures import data_is_at_fault, describe
from tracking.quarantine import Refused

log = logging.getLogger(__name__)

# Messages a transaction: fewer cost more round trips each, more hold locks for longer.
BATCH = 5_000

# The oldest requests that make up a batch. A lower id may become visible later than a higher one: it is taken then.
_TAKE = """
    DELETE FROM tracking_inbox WHERE id IN (
        SELECT id FROM tracking_inbox
        WHERE id <= (
            SELECT max(id) FROM (
                SELECT id, sum(messages) OVER (ORDER BY id) - messages AS before
                FROM (SELECT id, messages FROM tracking_inbox ORDER BY id LIMIT %s) AS oldest
            ) AS counted
            WHERE before < %s
        )
        ORDER BY id FOR UPDATE SKIP LOCKED)
    RETURNING id, source_id, kind, received_at, body"""


def apply_batch(limit: int = BATCH) -> int:
    """Apply about `limit` of the oldest accepted messages; say how many there were (0: the inbox is empty).

    All of it is committed, or on an error of the database nothing is, and the same messages come again.
    """
    with transaction.atomic():
        requests = _take(limit)
        if not requests:
            return 0
        messages: list[Received] = []
        refused: list[Refused] = []
        for request in requests:
            decoded, undecodable = decode(request)
            messages += decoded
            refused += undecodable
        taken = len(messages) + len(refused)
        refused += store(messages)
        with database.cursor() as cursor:
            quarantine.keep(cursor, refused)
        return taken


def store(messages: Sequence[Received]) -> list[Refused]:
    """Apply messages in their order inside the caller's transaction; those that could not be, and why.

    When the database, or we, stumble over one of them, the batch is halved until that one is alone.
    """
    if not messages:
        return []
    try:
        with transaction.atomic():
            applied = ingest.apply(messages)
            visits.follow(applied.placed)
    except Exception as error:
        if not data_is_at_fault(error):
            raise
        if len(messages) == 1:
            log.error("one message cannot be applied: %s", describe(error))  # noqa: TRY400  a traceback quotes data
            return [messages[0].refused(Reason.INTERNAL, describe(error))]
        half = len(messages) // 2
        return store(messages[:half]) + store(messages[half:])
    return [cast("Received", message).refused(reason, detail) for message, reason, detail in applied.refused]


def _take(limit: int) -> list[Accepted]:
    with database.cursor() as cursor:
        # Binary: as text, bodies would come twice as long.
        cursor.execute(_TAKE, [limit, limit], binary=True)
        rows: list[tuple[int, int, str, datetime, bytes]] = sorted(cursor.fetchall(), key=lambda row: row[0])
    if not rows:
        return []
    sources = _sources()
    accepted = [
        Accepted(sources[source_id], kind, received_at, body)
        for _id, source_id, kind, received_at, body in rows
        if source_id in sources
    ]
    if len(accepted) < len(rows):
        log.warning("%d requests came from sources that were deleted since", len(rows) - len(accepted))
    return accepted


def _sources() -> dict[int, SourceFacts]:
    return {
        source.pk: SourceFacts(source.pk, source.kind, source.country, source.precedence)
        for source in Source.objects.all()
    }
