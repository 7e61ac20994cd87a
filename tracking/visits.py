"""Visits: what browsers tell, cut into visits, in the transaction that applies it.

A visit ends after 30 minutes without activity, at midnight in the project's zone, or when a new campaign or click id
arrives; a change of referrer starts none. Visits are cut per person and source, and programs are cut apart from people.

Nearly always somebody goes on, or comes back: such visits grow, or are added, without reading what was before. Whatever
does not fit at the end (a late event, a merge, an order that a server told us of) has its days cut again by recut.py.
The outcome is that of cutting everything at once, however it was batched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from django.db import transaction

from profiles.database import Cursor, array, cursor, write
from profiles.identity import Placed
from profiles.ingest import undisturbed
from profiles.models import Merge, Source
from profiles.revenue import EARNS, minor_units
from segments.windows import zone
from tracking import agents, contexts, growth, visit_rows
from tracking.contexts import UNKNOWN
from tracking.cutting import ORDER, PAGES, Before, Hit, Policy, cut, page
from tracking.decode import Received
from tracking.models import MergesFollowed, Visit
from tracking.recut import Dirty, recut
from tracking.visit_rows import SELECTED, Row, Stream, in_order

Streams = dict[Stream, list[Hit]]


class Told(NamedTuple):
    """An order or a refund that was not told by a browser."""

    profile_id: int
    at: datetime
    message_id: UUID
    order: bool
    value: int


def policy() -> Policy:
    """When visits end here."""
    return Policy(midnight=zone())


def pending() -> bool:
    """Were people merged whose visits have not followed? Only a room beside this one leaves such."""
    return Merge.objects.filter(pk__gt=_followed()).exists()


def catch_up() -> None:
    """Have the visits of people who were merged follow them."""
    with transaction.atomic():
        follow(())


def follow(placed: Iterable[Placed]) -> None:
    """Have visits follow messages that were stored, and all merges so far, in the caller's transaction."""
    with undisturbed():
        _follow(placed)


def _follow(placed: Iterable[Placed]) -> None:
    streams, told = _streams(placed)
    first: dict[int, datetime] = {}
    for stream, hits in streams.items():
        first[stream.profile_id] = min(hits[0].at, first.get(stream.profile_id, hits[0].at))
    with cursor() as db:
        contexts.keep(db, {hit.facts for hits in streams.values() for hit in hits})
        dirty = _merged(db)
        _keep(db, told, first, dirty)
        rest = growth.grow(db, _clean(streams, dirty), policy())
        come = {stream.profile_id for stream in rest}
        for profile_id in _asked(db, _HAS_ORDERS, [(id_, first[id_]) for id_ in come]):
            dirty.add(profile_id, first[profile_id], first[profile_id])
        _append(db, _clean(rest, dirty), dirty)
        for stream, hits in streams.items():
            if stream.profile_id in dirty.spans:
                dirty.add(stream.profile_id, hits[0].at, hits[-1].at)
        recut(db, dirty, policy())


def _clean(streams: Streams, dirty: Dirty) -> Streams:
    return {stream: hits for stream, hits in streams.items() if stream.profile_id not in dirty.spans}


def _streams(placed: Iterable[Placed]) -> tuple[Streams, list[Told]]:
    """What browsers told, in order by whose visit it is of; and what others told of orders."""
    streams: Streams = defaultdict(list)
    told: list[Told] = []
    for each in placed:
        message, profile_id = each.message, each.person.root.id or 0
        name, at = message.name, message.occurred_at
        earned = name in EARNS
        value = minor_units(name, message.properties) if name and earned else None
        if message.source.kind == Source.Kind.BROWSER:
            if name is not None:
                facts = (message.facts if isinstance(message, Received) else None) or UNKNOWN
                where = page(message.properties) if name in PAGES else ""
                stream = Stream(profile_id, message.source.id, agents.read(facts.user_agent).bot)
                streams[stream].append(Hit(at, message.id, name, where, value, facts))
        elif earned:
            told.append(Told(profile_id, at, message.id, name == ORDER, value or 0))
    for hits in streams.values():
        hits.sort()
    return streams, told


def _merged(db: Cursor) -> Dirty:
    """The days of visits that came to somebody by a merge."""
    db.execute(
        "SELECT m.id, m.absorbed_id, p.merged_into FROM profiles_merge m"
        " JOIN profiles_profile p ON p.id = m.absorbed_id WHERE m.id > %s AND p.merged_into IS NOT NULL",
        [_followed()],
    )
    merges = db.fetchall()
    dirty = Dirty()
    if merges:
        MergesFollowed.objects.update_or_create(defaults={"merge_id": max(id_ for id_, _was, _is in merges)})
        pairs = [array(was for _id, was, _is in merges), array(now for _id, _was, now in merges)]
        for row in visit_rows.read(db, _LEAVE, pairs):
            dirty.moved.append(row)
            dirty.add(row.profile_id, row.started_at, row.started_at)
        db.execute(_PURCHASES_LEAVE, pairs)
        for profile_id, at in db.fetchall():
            dirty.add(profile_id, at, at)
    return dirty


def _followed() -> int:
    return MergesFollowed.objects.values_list("merge_id", flat=True).first() or 0


def _keep(db: Cursor, told: Iterable[Told], coming: Container[int], dirty: Dirty) -> None:
    """Keep what servers told of orders. Each may count for a visit of somebody who had one, or who is `coming`."""
    write(
        db,
        'INSERT INTO tracking_purchase (profile_id, at, message_id, "order", value)'
        " SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::uuid[], %s::boolean[], %s::bigint[])"
        " ON CONFLICT DO NOTHING",
        told,
    )
    visiting = _asked(db, _HAS_VISITS, {(each.profile_id, each.at) for each in told if each.profile_id not in coming})
    for each in told:
        if each.profile_id in coming or each.profile_id in visiting:
            dirty.add(each.profile_id, each.at, each.at)


def _asked(db: Cursor, statement: LiteralString, rows: Iterable[tuple[int, datetime]]) -> set[int]:
    columns = [array(column) for column in zip(*rows, strict=True)]
    if not columns:
        return set()
    db.execute(statement, columns)
    return {profile_id for (profile_id,) in db}


def _append(db: Cursor, streams: Streams, dirty: Dirty) -> None:
    """Add visits to the end of what is there; whoever has something that does not go there is dirty."""
    if not streams:
        return
    db.execute(_TAILS, [array(column) for column in zip(*streams, strict=True)])
    tails = {Stream(*row[:3]): Before(*row[3:]) for row in db}
    db.execute(_LAST, [array({stream.profile_id for stream in streams})])
    last = {profile_id: (at, number) for profile_id, at, number in db}
    coming: dict[int, list[Row]] = defaultdict(list)
    for stream, hits in streams.items():
        tail, seen = tails.get(stream), last.get(stream.profile_id)
        stays = cut(hits, policy(), tail)
        late = (tail and hits[0].at <= tail.at) or (seen and hits[0].at <= seen[0])
        if late or stays[0].why not in _AFTER_A_PAUSE:
            dirty.add(stream.profile_id, hits[0].at, hits[-1].at)
        else:
            coming[stream.profile_id] += [visit_rows.row(stream.profile_id, stream.source_id, stay) for stay in stays]
    rows: list[Row] = []
    for profile_id, mine in coming.items():
        if profile_id not in dirty.spans:
            number = last[profile_id][1] if profile_id in last else 0
            for row in sorted(mine, key=in_order):
                number += not row.bot
                rows.append(row._replace(number=0 if row.bot else number))
    visit_rows.replace(db, (), rows)


_HAS_ORDERS: Final = """
    SELECT seen.id FROM unnest(%s::bigint[], %s::timestamptz[]) AS seen(id, at)
    WHERE EXISTS (
        SELECT FROM tracking_purchase p WHERE p.profile_id = seen.id AND p.at >= seen.at - interval '1 day')"""
# A visit is not longer than a day.
_HAS_VISITS: Final = """
    SELECT told.id FROM unnest(%s::bigint[], %s::timestamptz[]) AS told(id, at) WHERE EXISTS (
        SELECT FROM tracking_visit v WHERE v.profile_id = told.id
        AND v.started_at > told.at - interval '2 days' AND v.started_at <= told.at)"""
# Such a visit begins whatever campaign brought the one before.
_AFTER_A_PAUSE: Final = (Visit.Why.FIRST, Visit.Why.INACTIVITY, Visit.Why.MIDNIGHT)
_LEAVE: Final = f"""
    WITH v AS (
        DELETE FROM tracking_visit v USING unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor)
        WHERE v.profile_id = pair.absorbed RETURNING pair.survivor, v.*)
    SELECT {SELECTED.replace("v.profile_id", "v.survivor", 1)} FROM v"""  # noqa: S608  names of ours
_PURCHASES_LEAVE: Final = """
    WITH gone AS (
        DELETE FROM tracking_purchase p USING unnest(%s::bigint[], %s::bigint[]) AS pair(absorbed, survivor)
        WHERE p.profile_id = pair.absorbed
        RETURNING pair.survivor, p.at, p.message_id, p."order", p.value)
    INSERT INTO tracking_purchase (profile_id, at, message_id, "order", value) SELECT * FROM gone
    RETURNING profile_id, at"""
_TAILS: Final = """
    SELECT stream.profile_id, stream.source_id, stream.bot, v.ended_at, v.arrival
    FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[]) AS stream(profile_id, source_id, bot), LATERAL (
        SELECT ended_at, arrival FROM tracking_visit v
        WHERE v.profile_id = stream.profile_id AND v.source_id = stream.source_id AND v.bot = stream.bot
        ORDER BY started_at DESC, ended_at DESC LIMIT 1) AS v"""
_LAST: Final = """
    SELECT someone.id, v.started_at, v.number FROM unnest(%s::bigint[]) AS someone(id), LATERAL (
        SELECT started_at, number FROM tracking_visit v WHERE v.profile_id = someone.id AND NOT v.bot
        ORDER BY started_at DESC, number DESC LIMIT 1) AS v"""
