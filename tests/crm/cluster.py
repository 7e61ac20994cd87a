"""One real BottleCRM for the tests: migrated once per version of it, then copied whenever a test wants it fresh."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import sql

from cdp_site.crm import install, prepared
from cdp_site.crm.server import Crm
from cdp_site.embedded import lock, paths, process, servers
from cdp_site.embedded.postgres import Postgres
from cdp_site.embedded.process import Child
from tests.crm.people import SHARE

_DATABASE = "crm_test"
_DRAFT = "draft"
_MIGRATED = f"migrated_{prepared.digest(install.PINS)}"
# Of another run of these tests on this machine.
_PATIENCE_SECONDS = 900
_START_SECONDS = 60


@contextmanager
def served() -> Iterator[Crm]:
    """The CRM, answering, on a database that is a copy; everything is stopped afterwards."""
    interpreter = install.python()
    directory = _directory()
    held = lock.take_within(directory / "instance.lock", _PATIENCE_SECONDS, lambda: None)
    found, owner = servers.prepare(directory)
    postgres = Postgres(directory, found, owner, durable=False, log=directory / "postgres.log")
    children: list[Child] = []
    try:
        children.append(postgres.start())
        postgres.wait(children[0])
        crm = Crm(directory, directory, interpreter, _free_port(), _DATABASE)
        _made(crm)
        reset(crm)
        children.append(crm.serve())
        _await(crm, children[-1])
        yield crm
    finally:
        process.stop(children[1:], 5)
        process.stop(children[:1], 10)
        postgres.kill_remains()
        os.close(held)


def reset(crm: Crm) -> None:
    """The CRM as it was just after it had been filled. It keeps no connection between two requests."""
    with _administrator(crm) as connection:
        _copy(connection, _filled(), _DATABASE)


def _made(crm: Crm) -> None:
    """See that there are databases to copy. Its migrations take two minutes: what they made is kept between runs."""
    (crm.directory / "share.json").write_text(json.dumps(SHARE))
    with _administrator(crm) as connection:
        names = {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}
        for name in names - {_MIGRATED, _filled()}:
            if name.startswith(("migrated_", "filled_", _DRAFT, _DATABASE)):
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        if _MIGRATED not in names:
            print("\nMigrating BottleCRM: two minutes, once", flush=True)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_DRAFT)))
            _prepare(crm, connection, _MIGRATED, "--only-migrate")
        if _filled() not in names:
            _copy(connection, _MIGRATED, _DRAFT)
            _prepare(crm, connection, _filled())


def _prepare(crm: Crm, connection: psycopg.Connection, name: str, *options: str) -> None:
    """Prepare the draft; it gets its name when it is whole."""
    child = replace(crm, database=_DRAFT).prepare(*options)
    said = child.output.read() if child.output else b""
    child.kill_group()
    assert child.process.returncode == 0, said.decode()
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    connection.execute(rename.format(sql.Identifier(_DRAFT), sql.Identifier(name)))


def _copy(connection: psycopg.Connection, source: str, target: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(target)))
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(copy.format(sql.Identifier(target), sql.Identifier(source)))


def _filled() -> str:
    """Named by what it was made of."""
    return f"filled_{prepared.version()}_{hashlib.sha256(json.dumps(SHARE).encode()).hexdigest()[:8]}"


def _administrator(crm: Crm) -> psycopg.Connection:
    return psycopg.connect(paths.database_url(crm.cluster, "postgres"), autocommit=True)


def _directory() -> Path:
    """Where the migrated database is kept: the database's account has to get there, so not in root's own home."""
    home = Path("/var/cache/kith") if os.geteuid() == 0 else Path.home() / ".cache/kith"
    return paths.make_data_dir(home / "crm-tests")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(crm: Crm, child: Child) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not crm.answers():
        assert child.running(), (child.output.read() if child.output else b"").decode()
        assert time.monotonic() < deadline, "BottleCRM does not answer"
        time.sleep(0.05)
