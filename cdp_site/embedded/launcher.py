"""Everything of Kith on one machine: servers, preparation, web, worker, tasks; kept running until Ctrl-C."""

import argparse
import http.client
import os
import socket
import sys
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from cdp_site.embedded import lock, paths, process, servers
from cdp_site.embedded.answer import Answer
from cdp_site.embedded.postgres import Postgres, StartError
from cdp_site.embedded.process import Child
from cdp_site.embedded.progress import Progress
from cdp_site.embedded.supervisor import NAME_WIDTH, Service, Supervisor, say
from cdp_site.embedded.valkey import Valkey

_CHECKOUT = Path(__file__).resolve().parents[2]
_PYTHON = {
    "web": ("-m", "cdp_site.embedded.web"),
    "worker": ("manage.py", "worker"),
    # Threads: all of the worker is one process, which nothing can orphan.
    "tasks": ("-m", "celery", "-q", "-A", "cdp_site.celery", "worker", "--pool", "threads", "--concurrency", "4",
              "--without-mingle", "--without-gossip", "--loglevel", "WARNING"),
    "beat": ("-m", "celery", "-q", "-A", "cdp_site.celery", "beat", "--pidfile=", "--loglevel", "WARNING"),
}  # fmt: skip
# Ctrl-C means now: what a task or a request loses here, it would lose by kill -9 just as well, that is nothing.
_PROCESS_SECONDS = 1.5
_SERVER_SECONDS = 8.0
_WEB_SECONDS = 30.0


class StoppedError(Exception):
    """Somebody wants us to stop while we are still starting."""


def main(arguments: Sequence[str]) -> int:
    """Run until interrupted; the exit code. Whatever keeps us from starting is said in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m cdp_site.embedded", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=_PYTHON, default=list(_PYTHON), help="processes to start")
    only: list[str] = parser.parse_args(arguments).only
    directory = paths.data_dir()
    try:
        paths.make_data_dir(directory)
        with lock.only_instance(directory):
            port = _free_port() if "web" in only else 0
            _run(Supervisor(), _embedded(directory), only, directory, port)
    except (lock.HeldError, paths.MisplacedError, StartError, RuntimeError) as error:
        print(f"Kith does not start. {error}", file=sys.stderr)
        return 1
    return 0


def _embedded(directory: Path) -> list[Postgres | Valkey]:
    """The servers that nobody gave us."""
    wanted = [
        kind for kind, given in ((Postgres, "DATABASE_URL"), (Valkey, "CELERY_BROKER_URL")) if not os.environ.get(given)
    ]
    if not wanted:
        return []
    found, owner = servers.prepare(directory)
    return [kind(directory, found, owner) for kind in wanted]


def _run(
    supervisor: Supervisor, embedded: Sequence[Postgres | Valkey], only: Sequence[str], directory: Path, port: int
) -> None:
    """Start in order, keep running, stop in reverse: first who uses the servers, then the servers."""
    with supervisor.listening(), suppress(StoppedError):
        try:
            for server in embedded:
                child = supervisor.add(Service(server.name, server.start, server.restart))
                server.wait(child)
            password = _prepare(supervisor, directory)
            for name in only:
                supervisor.add(Service(name, lambda name=name: _python(_PYTHON[name], directory)))  # type: ignore[misc]  # bound now
            if port:
                # Of a part of Kith, "unhealthy" is a good answer.
                _await_health(supervisor, port, {200} if set(only) == set(_PYTHON) else {200, 503})
                _welcome(directory, port, password)
            while not supervisor.stopping:
                supervisor.step()
        finally:
            say("kith", "stopping")
            names = {server.name for server in embedded}
            supervisor.stop([one for one in supervisor.services if one.name not in names], _PROCESS_SECONDS)
            supervisor.stop([one for one in supervisor.services if one.name in names], _SERVER_SECONDS)
            for server in embedded:
                server.kill_remains()


def _python(arguments: Sequence[str], directory: Path, keep: Sequence[int] = ()) -> Child:
    """Start a Python process of ours on this data directory."""
    return process.start(
        [sys.executable, *arguments],
        environment={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cdp_site.settings",
            "KITH_DATA": str(directory),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        },
        directory=_CHECKOUT,
        keep=keep,
    )


def _prepare(supervisor: Supervisor, directory: Path) -> str | None:
    """Migrate and seed in a process of its own; returns the administrator's password if it is known."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    service = Service("prepare", lambda: _python(("-m", "cdp_site.embedded.prepare", str(writer)), directory, [writer]))
    child = supervisor.add(service)
    os.close(writer)
    progress = Progress(sys.stdout, lambda line: say("prepare", line), f"{'prepare':<{NAME_WIDTH}} | ")
    answer = Answer(progress)
    with os.fdopen(reader, "rb", buffering=0) as told:
        while child.running() and not supervisor.stopping:
            supervisor.pump(0.05)
            answer.hear(told.read())
        if supervisor.stopping:
            raise StoppedError
        supervisor.pump()
        answer.hear(told.read())
    supervisor.services.remove(service)
    child.kill_group()
    if child.process.returncode != 0 or not answer.complete:
        raise StartError("The database could not be prepared: see above.")
    return answer.password


def _free_port() -> int:
    """The port to serve on. Asked for now, because granian shares a port that is taken instead of refusing it."""
    text = os.environ.get("KITH_PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise StartError(f"KITH_PORT is {text!r}, it must be a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise StartError(f"Port {text} cannot be used ({error.strerror}): set KITH_PORT to another one.") from error
    return int(text)


def _await_health(supervisor: Supervisor, port: int, wanted: Collection[int]) -> None:
    """Wait until /health/ answers with one of the `wanted` statuses."""
    deadline = time.monotonic() + _WEB_SECONDS
    while time.monotonic() < deadline:
        supervisor.step(0.05)
        if supervisor.stopping:
            raise StoppedError
        if _health(port) in wanted:
            return
    say("kith", f"not everything is alive yet: http://localhost:{port}/health/ says what is missing")


def _health(port: int) -> int:
    """The status of /health/, 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _welcome(directory: Path, port: int, password: str | None) -> None:
    """Where it is, how to get in, and a line that works."""
    address = f"http://localhost:{port}"
    key = directory / "demo_write_key"
    say("kith", f"is ready: {address}/admin/  (data in {directory}, Ctrl-C stops everything)")
    known = "as you set it" if os.environ.get("KITH_ADMIN_PASSWORD") else password
    say("kith", f"login admin, password {known or 'as it was printed at the first start'}")
    if key.exists():
        say("kith", f"the demo shop: {address}/demo/")
        body = '{"userId": "clara", "event": "Order Completed", "properties": {"revenue": 42}}'
        say("kith", f"try: curl -u {key.read_text().strip()}: {address}/v1/track -d '{body}'")
