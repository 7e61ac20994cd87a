"""The real stack of processes for tests: the launcher of `make run` on a free port and a database of its own."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from cdp_site.embedded import paths, process
from cdp_site.embedded.postgres import Postgres

CHECKOUT = Path(__file__).resolve().parents[1]
_START_SECONDS = 240
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Live:
    """A running Kith. `write_key` is the demo site's; the administrator is admin with `password`."""

    url: str
    password: str
    database_url: str
    environment: dict[str, str]
    log: Path

    @property
    def write_key(self) -> str:
        return (Path(self.environment["KITH_DATA"]) / "demo_write_key").read_text().strip()

    def manage(self, *arguments: str) -> str:
        """Run a management command there; its output without the last line break."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment, cwd=CHECKOUT, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.rstrip("\n")

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the test's own, in autocommit."""
        return psycopg.connect(self.database_url, autocommit=True)


@contextmanager
def launched(directory: Path, database: str, only: Sequence[str]) -> Iterator[Live]:
    """Run the launcher for a block on a fresh database of the test session's server; ready when it answers."""
    database_url = _fresh(database)
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        # Database numbers keep the brokers of parallel sessions apart.
        "CELERY_BROKER_URL": f"{_broker()}?virtual_host={1 + sum(database.encode()) % 15}",
        "KITH_DATA": str(directory),
        "KITH_PORT": str(free_port()),
        "KITH_ADMIN_PASSWORD": "a password of tests",
        "KITH_DEMO_PEOPLE": "200",
    }
    child = process.start(
        [sys.executable, "-m", "cdp_site.embedded", "--only", *only],
        environment=environment, directory=CHECKOUT, output=directory / "launcher.log",
    )  # fmt: skip
    live = Live(
        url=f"http://127.0.0.1:{environment['KITH_PORT']}",
        password=environment["KITH_ADMIN_PASSWORD"],
        database_url=database_url,
        environment=environment,
        log=directory / "launcher.log",
    )
    try:
        await_health(live, child, [part for part in ("worker", "beat") if part in only])
        yield live
    finally:
        process.stop([child], _STOP_SECONDS)


def await_health(live: Live, child: process.Child, parts: Sequence[str], seconds: float = _START_SECONDS) -> None:
    """Wait until these parts of /health/ are alive."""
    deadline = time.monotonic() + seconds
    found: dict[str, Any] = {}
    while not (found.get("database") and all(found.get(part) for part in parts)):
        if not child.running() or time.monotonic() > deadline:
            raise AssertionError(f"Kith is not up ({found}):\n{live.log.read_text()[-4000:]}")
        time.sleep(0.1)
        found = health(live.url)


def health(url: str) -> dict[str, Any]:
    """What /health/ says, whatever its status; empty when nobody answers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", "/health/")
        return dict(json.loads(connection.getresponse().read()))
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _fresh(database: str) -> str:
    """The address of a new, empty database beside the session's own."""
    server = urlsplit(os.environ.get("DATABASE_URL") or paths.database_url())
    with psycopg.connect(urlunsplit(server._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        Postgres.create_database(connection, database)
    return urlunsplit(server._replace(path=f"/{database}"))


def _broker() -> str:
    return os.environ.get("CELERY_BROKER_URL") or paths.broker_url()
