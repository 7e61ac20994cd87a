"""The made-up shop comes in through the same door as everything else: the inbox, and whoever applies it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

import msgspec
from django.utils import timezone

from cdp_site.health import WORKER
from cdp_site.seed.history import MISTAKES, history
from cdp_site.seed.people import somebody
from cdp_site.seed.robots import EVERY, robot
from cdp_site.seed.story import Said
from profiles.database import cursor
from profiles.locks import advisory_lock
from profiles.messages import message_key
from profiles.models import SeenMessage, Source
from tracking.apply import apply_batch
from tracking.models import Inbox

# (people done, people in all, messages so far)
Report = Callable[[int, int, int], None]

# People at a time: what is in memory, and some batches of the worker.
_CHUNK = 160
_MOST = 200
# What is said within a day goes in one request, as if that day's requests were one.
_APART = timedelta(days=1)
_COPY = "COPY tracking_inbox (source_id, kind, messages, received_at, body) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int8", "varchar", "int4", "timestamptz", "bytea")
_encode = msgspec.json.Encoder().encode


def load(people: int, sources: Mapping[str, Source], report: Report) -> int:
    """See that these people are there; how many messages were sent. Who is there already is not sent again."""
    sent = 0
    now = timezone.now()
    with advisory_lock(WORKER) as alone:
        for start in range(0, people, _CHUNK):
            numbers = range(start, min(start + _CHUNK, people))
            if missing := _missing(numbers, sources):
                report(start, people, sent)
                sent += _send(_said(missing, now), sources)
            # Beside a running worker, no more is put into the inbox than it takes out.
            while apply_batch() if alone else Inbox.objects.exists():
                if not alone:
                    time.sleep(0.1)
            if sent:
                report(numbers.stop, people, sent)
    return sent


def _missing(numbers: range, sources: Mapping[str, Source]) -> list[int]:
    """Those of whom not even the first message is there. A chunk is sent as a whole or not at all."""
    firsts = {number: _first_key(number, sources) for number in numbers}
    there = set(SeenMessage.objects.filter(pk__in=firsts.values()).values_list("pk", flat=True))
    return [number for number, key in firsts.items() if key not in there]


def _first_key(number: int, sources: Mapping[str, Source]) -> UUID:
    """Everybody's first message is the first page that they saw."""
    return message_key(sources["browser"].pk, f"seed-{number}-1")


def _said(numbers: list[int], now: datetime) -> Iterator[Iterable[Said]]:
    """By person, in the order in which it was said."""
    for number in numbers:
        yield history(somebody(number), now)
        if number % EVERY == 0:
            yield robot(number, now)
    if 0 in numbers:
        for place, (source, message) in enumerate(MISTAKES):
            yield [Said(now - timedelta(minutes=9), source, {**message, "messageId": f"seed-mistake-{place}"})]


def _send(said: Iterator[Iterable[Said]], sources: Mapping[str, Source]) -> int:
    """Put it into the inbox, received when it was said; the number of messages."""
    sent = 0
    with cursor() as db, db.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for request in chain.from_iterable(map(_requests, said)):
            last = request[-1]
            body = _encode({"batch": [one.message for one in request]})
            copy.write_row((sources[last.source].pk, "batch", len(request), last.at, body))
            sent += len(request)
    return sent


def _requests(said: Iterable[Said]) -> Iterator[list[Said]]:
    """What one system said within a day, until another one said something."""
    request: list[Said] = []
    for one in said:
        if request and not (
            one.source == request[0].source and one.at - request[0].at < _APART and len(request) < _MOST
        ):
            yield request
            request = []
        request.append(one)
    if request:
        yield request
