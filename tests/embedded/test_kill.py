"""kill -9 of every process in turn while events come in: nothing acknowledged is lost, nothing is stored twice."""

import base64
import http.client
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from cdp_site.embedded import paths
from tests.embedded.launching import Kith
from tests.embedded.processes import await_gone, processes_in

VICTIMS = ["postgres", "session", "valkey", "web", "web worker", "worker", "tasks", "beat", "launcher"]
ROUNDS = 3
_MARK = "Killed Meanwhile"


class Sender(threading.Thread):
    """An SDK: sends batches, sends each again until it is acknowledged, and remembers what was."""

    def __init__(self, kith: Kith, number: int) -> None:
        super().__init__(daemon=True)
        self._netloc = urlsplit(kith.url).netloc
        self._key = base64.b64encode(f"{kith.environment['KITH_WRITE_KEY']}:".encode()).decode()
        self._number = number
        self._done = threading.Event()
        self.acknowledged: set[str] = set()
        self.sent = 0
        self.repeated = 0

    def run(self) -> None:
        while not self._done.is_set():
            names = [f"{self._number}-{self.sent + index}" for index in range(random.randint(1, 20))]
            self.sent += len(names)
            while not self._post(names):
                self.repeated += 1
                if self._done.wait(0.05):
                    return
            self._done.wait(0.02)
            # Half of the time the answer got lost on the way, as far as the client knows: it sends once more.
            if random.random() < 0.5:
                self._post(names)
            self.acknowledged.update(names)

    def finish(self) -> None:
        self._done.set()
        self.join(30)

    def _post(self, names: list[str]) -> bool:
        batch = [
            {
                "type": "track", "event": _MARK, "messageId": f"kill-{name}", "userId": f"user-{name[-1]}",
                "properties": {"name": name},
            }
            for name in names
        ]  # fmt: skip
        connection = http.client.HTTPConnection(self._netloc, timeout=10)
        try:
            headers = {"Authorization": f"Basic {self._key}", "Content-Type": "application/json"}
            connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), headers)
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        # Clients repeat after 429 and 5xx; 4xx would lose the events for good.
        assert status in {200, 429} or status >= 500, status
        return status == 200


@pytest.mark.slow
def test_kill_9_of_each_process_in_turn_loses_and_doubles_nothing(directory: Path) -> None:
    with Kith(directory) as kith:
        refused = _refused(directory)
        senders = [Sender(kith, number) for number in range(2)]
        for sender in senders:
            sender.start()
        for victim in VICTIMS * ROUNDS:
            time.sleep(random.uniform(0.1, 0.5))
            os.kill(kith.pid(victim), signal.SIGKILL)
            if victim == "launcher":
                assert kith.launcher is not None
                kith.launcher.wait()
                await_gone(directory)
                kith.start()
            kith.await_alive()
        time.sleep(0.5)
        for sender in senders:
            sender.finish()
        acknowledged = set().union(*(sender.acknowledged for sender in senders))
        assert len(acknowledged) > 500
        _await_applied(directory)
        assert _refused(directory) == refused
        stored = _stored(directory)
        assert not acknowledged - set(stored)
        assert len(stored) == len(set(stored))
        kith.stop()
    assert not processes_in(directory)


def _await_applied(directory: Path) -> None:
    deadline = time.monotonic() + 60
    with psycopg.connect(paths.database_url(directory), autocommit=True) as connection:
        while connection.execute("SELECT EXISTS (SELECT FROM tracking_inbox)").fetchone() != (False,):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def _refused(directory: Path) -> int:
    """Messages in quarantine; the seed leaves some there."""
    with psycopg.connect(paths.database_url(directory)) as connection:
        return int(connection.execute("SELECT count(*) FROM tracking_quarantine").fetchone()[0])


def _stored(directory: Path) -> list[str]:
    with psycopg.connect(paths.database_url(directory)) as connection:
        rows = connection.execute(
            """SELECT properties->>'name' FROM profiles_event
               JOIN profiles_eventtype t ON t.id = name_id WHERE t.name = %s""",
            [_MARK],
        ).fetchall()
    return [row[0] for row in rows]
