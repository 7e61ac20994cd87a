"""People who do something: events and changes, written as the ingest writes them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

# Everybody views a page; some look at shoes, some of these add them, a few buy; of some a trait moves.
_EVENTS = """
INSERT INTO profiles_event (profile_id, occurred_at, message_id, name_id, value, source_id, properties)
SELECT profile_id, %(now)s, gen_random_uuid(), t.id, CASE WHEN t.name = 'Order Completed' THEN 5000 END,
       (SELECT min(id) FROM profiles_source), '{"url": "/sale/1", "category": "shoes"}'
FROM unnest(%(people)s::bigint[]) WITH ORDINALITY AS p (profile_id, place)
JOIN (VALUES ('Page Viewed', 1), ('Product Viewed', 3), ('Product Added', 10), ('Order Completed', 20))
     AS d (name, every)
  ON place %% every = 0
JOIN profiles_eventtype t ON t.name = d.name"""
_STATS = """
INSERT INTO profiles_profilestat (profile_id, first_seen, last_seen, events)
SELECT profile_id, min(occurred_at), max(occurred_at), count(*) FROM profiles_event
WHERE profile_id = ANY(%(people)s::bigint[]) AND occurred_at = %(now)s GROUP BY profile_id
ON CONFLICT (profile_id) DO UPDATE
SET last_seen = excluded.last_seen, events = profiles_profilestat.events + excluded.events"""
_TRAITS = """
UPDATE profiles_profile SET traits = jsonb_set(traits, '{stage}', '"customer"') WHERE id = ANY(%(movers)s::bigint[])"""
_CHANGES = """
INSERT INTO profiles_change (profile_id, topic)
SELECT DISTINCT profile_id, 'event:' || t.name FROM profiles_event JOIN profiles_eventtype t ON t.id = name_id
WHERE profile_id = ANY(%(people)s::bigint[]) AND occurred_at = %(now)s
UNION ALL SELECT unnest(%(movers)s::bigint[]), 'trait:stage'"""


def happen(ids: Sequence[int]) -> None:
    """Something happens to all of these people, in one transaction; the refresh has not seen it yet."""
    parameters = {"people": list(ids), "movers": list(ids[: len(ids) // 10]), "now": timezone.now()}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (_EVENTS, _STATS, _TRAITS, _CHANGES):
            cursor.execute(statement, parameters)
