"""The worker as a process: it outlives its connections, works alone, and stops when told."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection

from cdp_site.embedded import paths
from profiles.locks import is_held
from profiles.models import Identifier
from tests.tracking.front import Front
from tracking.models import Inbox

CHECKOUT = Path(__file__).resolve().parents[2]


def _until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _environment() -> dict[str, str]:
    server = urlsplit(os.environ.get("DATABASE_URL") or paths.database_url())
    name = connection.settings_dict["NAME"]
    return {**os.environ, "DATABASE_URL": urlunsplit(server._replace(path=f"/{name}"))}


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "worker"], cwd=CHECKOUT, env=_environment(), stderr=subprocess.PIPE
    )


@pytest.fixture
def worker(transactional_db: None) -> Iterator[subprocess.Popen[bytes]]:
    process = _start()
    try:
        _until(lambda: is_held("worker"))
        yield process
    finally:
        process.kill()
        process.wait()
        _until(lambda: not is_held("worker"))


def _send(front: Front, auth: dict[str, str], user: str) -> None:
    body = {"batch": [{"type": "track", "event": "Clicked", "userId": user, "messageId": user}]}
    assert front.post("/v1/batch", body, auth).status == 200


def _known(user: str) -> bool:
    return Identifier.objects.filter(value=user).exists() and not Inbox.objects.exists()


def test_what_is_accepted_is_applied_at_once(
    front: Front, auth: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    _send(front, auth, "first")
    started = time.monotonic()
    _until(lambda: _known("first"))
    assert time.monotonic() - started < 2


def test_it_survives_the_loss_of_all_its_connections(
    front: Front, auth: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    parameters: dict[str, Any] = connection.get_connection_params()
    for user in ("first", "second", "third"):
        with psycopg.connect(**parameters, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()
        _send(front, auth, user)
        _until(lambda user=user: _known(user))  # type: ignore[misc]
    assert worker.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_promptly_when_told(worker: subprocess.Popen[bytes], number: signal.Signals) -> None:
    started = time.monotonic()
    worker.send_signal(number)
    assert worker.wait(10) == 0
    assert time.monotonic() - started < 2
    assert worker.stderr is not None
    assert worker.stderr.read() == b""


def test_a_second_one_stands_by_and_takes_over_when_the_first_is_killed(
    front: Front, auth: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    second = _start()
    try:
        time.sleep(2)
        assert second.poll() is None
        worker.kill()
        _send(front, auth, "after")
        _until(lambda: _known("after"))
    finally:
        second.kill()
        second.wait()
