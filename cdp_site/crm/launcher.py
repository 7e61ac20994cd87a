"""`make crm`: BottleCRM on a PostgreSQL of its own, beside `make run`, and the connection to it in Kith."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from cdp_site.crm import install, prepared
from cdp_site.crm.server import Crm
from cdp_site.crm.share import share
from cdp_site.embedded import lock, paths, process, servers
from cdp_site.embedded.launcher import StoppedError
from cdp_site.embedded.postgres import Postgres, StartError
from cdp_site.embedded.process import Child
from cdp_site.embedded.supervisor import Service, Supervisor, say
from cdp_site.seed.crm import crm_share

_PORT = "8010"
_WEB_SECONDS = 60.0
_PROCESS_SECONDS = 3.0
_SERVER_SECONDS = 8.0
_SECONDS_BETWEEN_TRIES = 3.0
# manage.py connect: Kith has not started altogether.
_NOT_YET = 75
# A demo's worth of memory: Kith's own PostgreSQL has sized itself to the machine.
_MODEST = "shared_buffers = '64MB'\nmax_connections = '40'\n"


def main() -> int:
    """Run until interrupted; the exit code. Whatever keeps us from starting is said in a sentence."""
    directory = paths.data_dir() / "crm"
    try:
        interpreter = install.python()
        paths.make_data_dir()
        paths.make_data_dir(directory)
        with lock.only_instance(directory):
            _run(Supervisor(), Crm(directory, directory, interpreter, _free_port()))
    except lock.HeldError:
        print(f"The CRM is already running on {directory}.", file=sys.stderr)
        return 1
    except (install.NoPythonError, install.InstallError, paths.MisplacedError, StartError, RuntimeError) as error:
        print(f"The CRM does not start. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(supervisor: Supervisor, crm: Crm) -> None:
    """Start in order, keep running, stop in reverse."""
    found, owner = servers.prepare(crm.directory)
    postgres = Postgres(crm.cluster, found, owner)
    with supervisor.listening(), suppress(StoppedError):
        try:
            _start_postgres(supervisor, postgres, crm)
            if not prepared.up_to_date(crm):
                _prepare(supervisor, crm)
            supervisor.add(Service(crm.name, crm.serve))
            _await_web(supervisor, crm)
            _welcome(crm)
            _connect(supervisor, crm)
            while not supervisor.stopping:
                supervisor.step()
        finally:
            say(crm.name, "stopping")
            web = [one for one in supervisor.services if one.name != postgres.name]
            supervisor.stop(web, _PROCESS_SECONDS)
            supervisor.stop([one for one in supervisor.services if one.name == postgres.name], _SERVER_SECONDS)
            postgres.kill_remains()


def _start_postgres(supervisor: Supervisor, postgres: Postgres, crm: Crm) -> None:
    settings = crm.cluster / "config/local.conf"
    if not settings.exists():
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(_MODEST)
        settings.chmod(0o644)
    child = supervisor.add(Service(postgres.name, postgres.start, postgres.restart))
    postgres.wait(child)
    with psycopg.connect(paths.database_url(crm.cluster, "postgres"), autocommit=True) as connection:
        postgres.create_database(connection, crm.database)


def _prepare(supervisor: Supervisor, crm: Crm) -> None:
    """Migrate and fill. The people are written down for it: it cannot import Kith."""
    (crm.directory / "share.json").write_text(json.dumps(share(crm_share(), datetime.now(UTC))))
    child = supervisor.add(Service(crm.name, crm.prepare))
    if _finish(supervisor, child) != 0:
        raise StartError("Its database could not be prepared: see above.")
    prepared.remember(crm)


def _finish(supervisor: Supervisor, child: Child) -> int | None:
    """Wait for a child that ends by itself; its exit code."""
    while child.running() and not supervisor.stopping:
        supervisor.pump(0.05)
    if supervisor.stopping:
        raise StoppedError
    supervisor.pump()
    supervisor.services[:] = [one for one in supervisor.services if one.child is not child]
    child.kill_group()
    return child.process.returncode


def _await_web(supervisor: Supervisor, crm: Crm) -> None:
    deadline = time.monotonic() + _WEB_SECONDS
    while not crm.answers():
        supervisor.step(0.05)
        if supervisor.stopping:
            raise StoppedError
        if time.monotonic() > deadline:
            raise StartError(f"It does not answer on port {crm.port}: see above.")


def _connect(supervisor: Supervisor, crm: Crm) -> None:
    """Make the connection in Kith, as soon as there is a Kith."""
    said = False
    while not supervisor.stopping:
        if _kith_runs():
            child = supervisor.add(Service("kith", lambda: _connecting(crm)))
            code = _finish(supervisor, child)
            if code != _NOT_YET:
                if code:
                    say("kith", "The connection could not be made: see above. Start make crm again to try once more.")
                return
        elif not said:
            say("kith", "is not running here: start it with make run, and the connection is made by itself")
            said = True
        until = time.monotonic() + _SECONDS_BETWEEN_TRIES
        while time.monotonic() < until and not supervisor.stopping:
            supervisor.step()


def _kith_runs() -> bool:
    """Somebody holds its data directory; a database of somebody else's is simply tried."""
    if os.environ.get("DATABASE_URL"):
        return True
    path = paths.data_dir() / "instance.lock"
    if not path.exists():
        return False
    try:
        os.close(lock.take(path))
    except lock.HeldError:
        return True
    return False


def _connecting(crm: Crm) -> Child:
    """manage.py connect, in Kith's own interpreter. The token goes by a file: arguments can be read by everybody."""
    return process.start(
        [
            *(sys.executable, "manage.py", "connect", "bottlecrm", "--name", "BottleCRM"),
            *("--set", f"url={crm.url}", "--secret-file", f"token={crm.token_file()}", "--private", "--running"),
            # As much as the demo shop's own backend: whoever learned something last is right.
            *("--precedence", "80", "--create", "contacts=first-order"),
        ],
        environment={**os.environ, "KITH_DATA": str(paths.data_dir()), "PYTHONUNBUFFERED": "1"},
        directory=install.CHECKOUT,
    )


def _welcome(crm: Crm) -> None:
    say(crm.name, f"BottleCRM is ready: {crm.url}/admin/contacts/contact/  (data in {crm.directory})")
    say(crm.name, f"login admin@kith-outdoor.example, password {crm.password()}")


def _free_port() -> int:
    """The port to serve on: asked for before anything is started."""
    text = os.environ.get("KITH_CRM_PORT") or _PORT
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise StartError(f"KITH_CRM_PORT is {text!r}, it must be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise StartError(f"Port {text} is in use ({error.strerror}): set KITH_CRM_PORT to another one.") from error
    return int(text)
