"""From an event to a membership while events come in: each process as in production, the latency seen from outside."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

import msgspec
import psycopg
from django.db import connection
from django.db.models import Sum

from bench import clients, collecting, messages, servers
from bench.database import directory, say
from bench.growth import settle
from bench.memory import peak
from cdp_site.embedded import paths
from profiles import keys
from profiles.models import Source
from segments.models import Segment
from segments.publish import publish
from tracking.models import Inbox

# Events in a request at the most, and requests a second at the least.
BATCH, _REQUESTS = 100, 10
# The first seconds, in which caches fill, do not count.
WARM = 5.0
_SLUG, _EVENT = "probed", "Probe Done"
# Seconds between probes, and between looks at the ledger for them.
_EVERY, _LOOK = 0.25, 0.02
_PATIENCE = 300.0
_SEEN = """
SELECT i.value FROM segments_membership m JOIN profiles_identifier i ON i.profile_id = m.profile_id
WHERE m.segment_id = %s AND i.value LIKE %s"""
# The senders' devices belong to people who did things before.
_DEVICES = """
INSERT INTO profiles_identifier (type_id, value, raw, profile_id, first_seen, frozen_reason)
SELECT 'anonymous_id', 'device-' || (i - 1), '', i, now(), ''
FROM generate_series(1, %s) AS i"""


@dataclass
class Lived:
    """What was sent and what came of it. Latencies in seconds: from before the request is sent until the membership
    can be read. `backlog`: messages that waited when the last was accepted; `drained`: seconds from then until
    the last probe was seen; `peak_mb`: the most memory of the worker."""

    rate: float
    probes: int
    median: float
    p95: float
    worst: float
    backlog: int
    drained: float
    peak_mb: float


@dataclass(frozen=True)
class Stage:
    """What events are sent with, and which segment shows that they arrived."""

    key: str
    segment: int
    people: int


@dataclass
class _Probes:
    """Somebody new does something each quarter of a second, and is looked for in the ledger."""

    port: int
    stage: Stage
    prefix: str
    address: str
    sent: dict[str, float] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    ended: Event = field(default_factory=Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """For a block, and until the last one was seen."""
        threads = [Thread(target=self._send), Thread(target=self._look)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.ended.set()
            for thread in threads:
                thread.join()

    def _send(self) -> None:
        while not self.sent or not self.ended.wait(_EVERY):
            name = f"{self.prefix}{len(self.sent)}"
            body = msgspec.json.encode({"batch": [{"type": "track", "event": _EVENT, "anonymousId": name}]})
            self.sent[name] = time.monotonic()
            clients.post(self.port, self.stage.key, body)

    def _look(self) -> None:
        last: float | None = None
        with psycopg.connect(self.address, autocommit=True) as raw:
            while last is None or time.monotonic() < last:
                if self.ended.is_set():
                    if len(self.seen) == len(self.sent):
                        return
                    last = last or time.monotonic() + _PATIENCE
                for (name,) in raw.execute(_SEEN, [self.stage.segment, f"{self.prefix}%"]):
                    self.seen.setdefault(name, time.monotonic())
                time.sleep(_LOOK)


def prepare(people: int) -> Stage:
    """In the database that the processes find by themselves: so many of its people have devices."""
    key = keys.issue(Source.objects.create(name="Live", kind=Source.Kind.SERVER))
    segment = publish(Segment(slug=_SLUG, name=_SLUG), {"did": {"event": _EVENT, "within": "1 day"}}, None)
    with connection.cursor() as cursor:
        cursor.execute(_DEVICES, [people])
    settle()
    return Stage(key, segment.pk, people)


def measure(stage: Stage, rate: float, duration: float) -> Lived:
    """So many events a second for so many seconds."""
    say(f"{rate:,.0f} events a second for {duration:.0f} seconds")
    batch = max(1, min(BATCH, round(rate / _REQUESTS)))
    bodies = messages.bodies(round(rate * (duration + WARM)), batch, stage.people, Random(rate))
    with servers.web() as port, collecting.worker() as worker:
        probes = _Probes(port, stage, f"probe-{rate:.0f}-", paths.database_url(directory))
        with probes.running():
            began, ended = clients.pace(port, stage.key, bodies, rate / batch)
            backlog = Inbox.objects.aggregate(waiting=Sum("messages"))["waiting"] or 0
        drained = time.monotonic() - ended
        memory = peak(worker.pid)
    latencies = _latencies(probes, began + WARM)
    return Lived(
        rate=len(bodies) * batch / (ended - began),
        probes=len(latencies),
        median=statistics.median(latencies),
        p95=latencies[round(0.95 * (len(latencies) - 1))],
        worst=latencies[-1],
        backlog=backlog,
        drained=drained,
        peak_mb=memory,
    )


def _latencies(probes: _Probes, since: float) -> list[float]:
    """Ascending; one that was never seen counts as the time it was waited for. Of a run too short to warm up, all."""
    gone = time.monotonic()
    warm = {name: sent for name, sent in probes.sent.items() if sent > since}
    return sorted(probes.seen.get(name, gone) - sent for name, sent in (warm or probes.sent).items())
