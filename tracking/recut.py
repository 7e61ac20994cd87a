"""Cut days again: what came late lands in the visit where it belongs, and who was merged has one history.

No visit outlasts its day, so that whole days of a person can be cut anew without looking at the rest. Only why the
first visit after them began, and the numbers of later visits, depend on them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from profiles.database import Cursor, array
from profiles.models import Source
from segments.windows import midnight, today
from tracking import agents, contexts, visit_rows
from tracking.contexts import UNKNOWN
from tracking.cutting import GAP, PAGES, Before, Hit, Policy, cut, page
from tracking.visit_rows import SELECTED, Row, Stream, in_order

Spans = Mapping[int, tuple[datetime, datetime]]
Ends = dict[Stream, Before]


@dataclass
class Dirty:
    """The days of people that must be cut again: from one midnight of our zone, up to another."""

    spans: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)
    # Rows of people who were merged, as those of the survivor; no longer in the table.
    moved: list[Row] = field(default_factory=list)

    def add(self, profile_id: int, first: datetime, last: datetime) -> None:
        """The days from that of `first` to that of `last`."""
        low, high = midnight(today(first)), midnight(today(last) + timedelta(days=1))
        known = self.spans.get(profile_id, (low, high))
        self.spans[profile_id] = min(low, known[0]), max(high, known[1])


def recut(cursor: Cursor, dirty: Dirty, policy: Policy) -> None:
    """Cut these days again and write what differs, in a fixed number of statements."""
    if not dirty.spans:
        return
    spans = dirty.spans
    old = visit_rows.read(cursor, _SINCE, _columns((id_, low) for id_, (low, _high) in spans.items()))
    later = [row for row in old if row.started_at >= spans[row.profile_id][1]]
    streams = _hits(cursor, spans)
    ends = _before(cursor, spans, {*streams, *map(_stream, old)})
    new = [row for stream, hits in streams.items() for row in _cut(stream, hits, ends, policy)]
    new = _worth(new, _purchases(cursor, spans))
    new += _following(later, ends, policy)
    visit_rows.replace(cursor, old, _numbered(new, _base(cursor, spans)), dirty.moved)


def _cut(stream: Stream, hits: Iterable[Hit], ends: Ends, policy: Policy) -> Iterator[Row]:
    """The visits of a stream within its span; `ends` then says how the last of them ended."""
    for stay in cut(hits, policy, ends.get(stream)):
        yield visit_rows.row(stream.profile_id, stream.source_id, stay)
        ends[stream] = Before(stay.last.at, stay.first.facts.arrival)


def _following(later: Iterable[Row], ends: Ends, policy: Policy) -> Iterator[Row]:
    """The visits after a span: the first of each stream may have begun for another reason now."""
    seen: set[Stream] = set()
    for row in sorted(later, key=in_order):
        stream = _stream(row)
        first = stream not in seen
        seen.add(stream)
        yield row._replace(why=str(policy.why(ends.get(stream), row.started_at, row.arrival))) if first else row


def _worth(rows: Iterable[Row], purchases: Mapping[int, Sequence[tuple[datetime, bool, int]]]) -> list[Row]:
    """With what servers told us of orders: each counts for the last visit begun by then, if that was hardly over."""
    by_person: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_person[row.profile_id].append(row)
    found = []
    for profile_id, mine in by_person.items():
        mine.sort(key=in_order)
        people = [place for place, row in enumerate(mine) if not row.bot]
        starts = [mine[place].started_at for place in people]
        for at, order, value in purchases.get(profile_id, ()):
            index = bisect_right(starts, at) - 1
            if index < 0:
                continue
            row = mine[people[index]]
            if at - row.ended_at <= GAP and today(at) == today(row.started_at):
                mine[people[index]] = row._replace(value=row.value + value, converted=row.converted or order)
        found += mine
    return found


def _numbered(rows: Iterable[Row], base: Mapping[int, int]) -> list[Row]:
    """Visits of a person counted from 1, those before the span included; programs are not counted."""
    numbers: dict[int, int] = defaultdict(int, base)
    found = []
    for row in sorted(rows, key=in_order):
        if not row.bot:
            numbers[row.profile_id] += 1
        found.append(row._replace(number=0 if row.bot else numbers[row.profile_id]))
    return found


def _hits(cursor: Cursor, spans: Spans) -> dict[Stream, list[Hit]]:
    """What browsers told of these days, in order."""
    sources = list(Source.objects.filter(kind=Source.Kind.BROWSER).values_list("pk", flat=True))
    cursor.execute(_EVENTS, [array(PAGES), *_spans(spans), array(sources)])
    rows = cursor.fetchall()
    facts = contexts.read(cursor, {row[-1] for row in rows if row[-1] is not None})
    streams: dict[Stream, list[Hit]] = defaultdict(list)
    for profile_id, source_id, at, id_, name, value, properties, context_id in rows:
        known = facts.get(context_id, UNKNOWN)
        where = page(msgspec.json.decode(properties)) if properties else ""
        stream = Stream(profile_id, source_id, agents.read(known.user_agent).bot)
        streams[stream].append(Hit(at, id_, name, where, value, known))
    for hits in streams.values():
        hits.sort()
    return streams


def _before(cursor: Cursor, spans: Spans, streams: Iterable[Stream]) -> Ends:
    """How the last visit of each stream before its span ended."""
    asked = _columns((*stream, spans[stream.profile_id][0]) for stream in streams)
    if not asked:
        return {}
    cursor.execute(_BEFORE, asked)
    return {Stream(*row[:3]): Before(*row[3:]) for row in cursor}


def _base(cursor: Cursor, spans: Spans) -> dict[int, int]:
    """How many visits people had before."""
    cursor.execute(_BASE, _columns((id_, low) for id_, (low, _high) in spans.items()))
    return dict(cursor.fetchall())


def _purchases(cursor: Cursor, spans: Spans) -> dict[int, list[tuple[datetime, bool, int]]]:
    cursor.execute(_PURCHASES, _spans(spans))
    found: dict[int, list[tuple[datetime, bool, int]]] = defaultdict(list)
    for profile_id, at, order, value in cursor:
        found[profile_id].append((at, order, value))
    return found


def _stream(row: Row) -> Stream:
    return Stream(row.profile_id, row.source_id, row.bot)


def _spans(spans: Spans) -> list[str]:
    return _columns((id_, *span) for id_, span in spans.items())


def _columns(rows: Iterable[Sequence[Any]]) -> list[str]:
    return [array(column) for column in zip(*rows, strict=True)]


_SINCE: Final = f"""
    SELECT {SELECTED} FROM unnest(%s::bigint[], %s::timestamptz[]) AS span(profile_id, low)
    JOIN tracking_visit v ON v.profile_id = span.profile_id AND v.started_at >= span.low"""  # noqa: S608  names of ours
_EVENTS: Final = """
    SELECT e.profile_id, e.source_id, e.occurred_at, e.message_id, kind.name, e.value,
        CASE WHEN kind.name = ANY(%s::text[]) THEN e.properties::text END, e.context_id
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS span(profile_id, low, high)
    JOIN profiles_event e
        ON e.profile_id = span.profile_id AND e.occurred_at >= span.low AND e.occurred_at < span.high
        AND e.source_id = ANY(%s::bigint[])
    JOIN profiles_eventtype kind ON kind.id = e.name_id"""
_BEFORE: Final = """
    SELECT stream.profile_id, stream.source_id, stream.bot, v.ended_at, v.arrival
    FROM unnest(%s::bigint[], %s::bigint[], %s::boolean[], %s::timestamptz[])
        AS stream(profile_id, source_id, bot, low), LATERAL (
            SELECT ended_at, arrival FROM tracking_visit v
            WHERE v.profile_id = stream.profile_id AND v.source_id = stream.source_id AND v.bot = stream.bot
                AND v.started_at < stream.low
            ORDER BY started_at DESC, ended_at DESC LIMIT 1) AS v"""
_BASE: Final = """
    SELECT span.profile_id, v.number
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS span(profile_id, low), LATERAL (
        SELECT number FROM tracking_visit v
        WHERE v.profile_id = span.profile_id AND NOT v.bot AND v.started_at < span.low
        ORDER BY started_at DESC, number DESC LIMIT 1) AS v"""
_PURCHASES: Final = """
    SELECT p.profile_id, p.at, p."order", p.value
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS span(profile_id, low, high)
    JOIN tracking_purchase p ON p.profile_id = span.profile_id AND p.at >= span.low AND p.at < span.high"""
