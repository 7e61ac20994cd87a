"""Two people became one: everything about the absorbed becomes the survivor's, set-wise.

`profile_id` is part of every key and never changes by UPDATE (the rows may live on different shards):
rows move by DELETE ... RETURNING and INSERT. Traits move with their timelines, see traits.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from profiles.database import Cursor, write
from profiles.identity import Joined


def move(cursor: Cursor, joined: Sequence[Joined]) -> None:
    """Record these merges and move the rows of the absorbed. Everybody has an id by now."""
    write(
        cursor,
        "INSERT INTO profiles_merge (survivor_id, absorbed_id, identifier_id, message_id, source_id, at)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::uuid[], %s::bigint[], %s::timestamptz[])",
        [
            (j.survivor.id, j.absorbed.id, j.mark.id, j.message.id, j.message.source.id, j.message.received_at)
            for j in joined
        ],
    )
    # People made in this batch are written as merged, and their rows under the survivor, at once.
    pairs = [(j.absorbed.id, j.absorbed.root.id) for j in joined if j.absorbed.created_at is None]
    for statement in (_PROFILES, _MERGED_BEFORE, _EVENTS, _STATS, _MEMBERS):
        write(cursor, statement, pairs)


_PROFILES = """
    UPDATE profiles_profile p SET merged_into = pair.survivor, traits = '{}'
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor) WHERE p.id = pair.absorbed"""

# Who was merged into the absorbed before lives on as the survivor too: one step leads there.
_MERGED_BEFORE = """
    UPDATE profiles_profile p SET merged_into = pair.survivor
    FROM unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor) WHERE p.merged_into = pair.absorbed"""

_EVENTS = """
    WITH gone AS (
        DELETE FROM profiles_event e
        USING unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor) WHERE e.profile_id = pair.absorbed
        RETURNING pair.survivor, e.*
    )
    INSERT INTO profiles_event
        (profile_id, occurred_at, message_id, name_id, value, identifier_id, source_id, properties, context_id)
    SELECT survivor, occurred_at, message_id, name_id, value, identifier_id, source_id, properties, context_id
    FROM gone"""

_STATS = """
    WITH gone AS (
        DELETE FROM profiles_profilestat s
        USING unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor) WHERE s.profile_id = pair.absorbed
        RETURNING pair.survivor, s.first_seen, s.last_seen, s.events
    )
    INSERT INTO profiles_profilestat AS s (profile_id, first_seen, last_seen, events)
    SELECT survivor, min(first_seen), max(last_seen), sum(events) FROM gone GROUP BY survivor
    ON CONFLICT (profile_id) DO UPDATE SET
        first_seen = LEAST(s.first_seen, EXCLUDED.first_seen),
        last_seen = GREATEST(s.last_seen, EXCLUDED.last_seen),
        events = s.events + EXCLUDED.events"""

_MEMBERS = """
    WITH gone AS (
        DELETE FROM profiles_accountmember m
        USING unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor) WHERE m.profile_id = pair.absorbed
        RETURNING pair.survivor, m.account_id, m.since
    )
    INSERT INTO profiles_accountmember AS m (profile_id, account_id, since)
    SELECT survivor, account_id, min(since) FROM gone GROUP BY survivor, account_id
    ON CONFLICT (profile_id, account_id) DO UPDATE SET since = LEAST(m.since, EXCLUDED.since)"""
