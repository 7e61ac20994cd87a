"""The contenders of the ingestion, each a number of events a second that it stood."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from random import Random

import psycopg
from django.db import connection

from bench import clients, database, messages, servers
from cdp_site.embedded.process import Child
from profiles import keys, locks
from profiles.models import Event, Source
from tracking.models import Inbox, Quarantine

_RIVAL = "bench.rivals.drf"


class LostError(Exception):
    """What was acknowledged is not all there."""


class Kith:
    """The collector, and the worker that applies what it keeps: each process as in production."""

    def __init__(self, port: int, people: int, random: Random) -> None:
        self._port = port
        self._people = people
        self._random = random
        self._key = keys.issue(Source.objects.create(name="Shop", kind=Source.Kind.SERVER))

    def accept(self, total: int, batch: int) -> float:
        """Accepted: on disk and acknowledged, the worker not running. It is thrown away afterwards."""
        bodies = messages.bodies(total, batch, self._people, self._random)
        started, ended = clients.send(self._port, self._key, bodies)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE tracking_inbox")
        return total / (ended - started)

    def apply(self, total: int, batch: int) -> float:
        """Applied: from the first request until the worker, which runs meanwhile, has emptied the inbox."""
        bodies = messages.bodies(total, batch, self._people, self._random)
        before = Event.objects.count()
        started, _ended = clients.send(self._port, self._key, bodies)
        while Inbox.objects.exists():
            time.sleep(0.005)
        rate = total / (time.monotonic() - started)
        _expect(sum(map(messages.events, bodies)), Event.objects.count() - before)
        if refused := Quarantine.objects.first():
            raise LostError(f"in quarantine: {refused.reason} {refused.detail}")
        return rate


@contextmanager
def worker() -> Iterator[Child]:
    """The worker, for a block; it has nothing to do yet."""
    with servers.running("worker", "manage.py", "worker") as child:
        while not locks.is_held("worker"):
            time.sleep(0.01)
        yield child


class Drf:
    """The same by Django REST framework: applied when it answers."""

    def __init__(self, port: int, address: str, people: int, random: Random) -> None:
        self._port = port
        self._people = people
        self._random = random
        self._database = psycopg.connect(address, autocommit=True)
        self._database.execute("INSERT INTO drf_writekey (digest) VALUES (%s)", [sha256(b"key").hexdigest()])

    def apply(self, total: int, batch: int) -> float:
        """From the first request until the last answer."""
        bodies = messages.bodies(total, batch, self._people, self._random)
        before = self._events()
        started, ended = clients.send(self._port, "key", bodies)
        _expect(sum(map(messages.events, bodies)), self._events() - before)
        return total / (ended - started)

    def close(self) -> None:
        """Let go of the connection."""
        self._database.close()

    def analyze(self) -> None:
        """Let its planner know what is there."""
        self._database.execute("ANALYZE")

    def _events(self) -> int:
        row = self._database.execute("SELECT count(*) FROM drf_event").fetchone()
        return int(row[0]) if row else 0


@contextmanager
def drf(people: int, random: Random) -> Iterator[Drf]:
    """The rival with its tables, in a database of its own on the same server."""
    address = database.empty("drf")
    environment = {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": f"{_RIVAL}.settings"}
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity", "0"],
        env={**os.environ, **environment, "PYTHONPATH": str(servers.CHECKOUT)},
        check=True,
    )
    with servers.granian("drf", f"{_RIVAL}.wsgi:application", environment) as port:
        rival = Drf(port, address, people, random)
        try:
            yield rival
        finally:
            rival.close()


class Copy:
    """The limit: the rows of the events that Kith has just stored, by COPY into a table like theirs, with indexes."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE copied (LIKE profiles_event INCLUDING ALL) PARTITION BY RANGE (occurred_at)")
            cursor.execute("CREATE TABLE copied_all PARTITION OF copied FOR VALUES FROM (MINVALUE) TO (MAXVALUE)")

    def copy(self) -> float:
        """Rows a second, in one transaction."""
        new = "SELECT * FROM profiles_event WHERE message_id NOT IN (SELECT message_id FROM copied)"
        connection.ensure_connection()
        raw = connection.connection
        with raw.cursor() as cursor:
            with cursor.copy(f"COPY ({new}) TO STDOUT") as out:
                rows = b"".join(map(bytes, out))
            started = time.monotonic()
            with cursor.copy("COPY copied FROM STDIN") as sink:
                sink.write(rows)
            return int(cursor.rowcount) / (time.monotonic() - started)


def _expect(sent: int, stored: int) -> None:
    if sent != stored:
        raise LostError(f"{sent:,} events acknowledged, {stored:,} stored")
