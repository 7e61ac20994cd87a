"""The processes that are measured: web servers and the worker, as they run in production, gone when the bench ends."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.database import directory
from cdp_site.embedded import process

CHECKOUT = Path(__file__).resolve().parents[1]
_PATIENCE = 60.0


class NotUpError(Exception):
    """A server did not come up; the message says what it said."""


@contextmanager
def running(name: str, *arguments: str, environment: Mapping[str, str] = {}) -> Iterator[process.Child]:
    """Run Python with these arguments, from the checkout, for a block."""
    log = directory / f"{name}.log"
    child = process.start(
        [sys.executable, *arguments], environment={**os.environ, **environment}, directory=CHECKOUT, output=log
    )
    try:
        yield child
        if not child.running():
            raise NotUpError(f"{name} ended: {log.read_text()[-2000:]}")
    finally:
        process.stop([child], 10)


@contextmanager
def web() -> Iterator[int]:
    """Our own: granian with the collector, as `make run` starts it. Gives its port."""
    port = _free_port()
    with running("web", "-m", "cdp_site.embedded.web", environment={"KITH_PORT": str(port)}) as child:
        _await(port, child)
        yield port


@contextmanager
def granian(name: str, application: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Another application in the same server, with as many workers and threads as ours. Gives its port."""
    port, cores = _free_port(), len(os.sched_getaffinity(0))
    arguments: Sequence[str] = [
        *("-m", "granian", "--interface", "wsgi", "--port", str(port), "--log-level", "warning"),
        *("--workers", str(min(4, cores)), "--blocking-threads", str(min(8, 2 * cores + 1)), "--backpressure", "256"),
        application,
    ]
    with running(name, *arguments, environment=environment) as child:
        _await(port, child)
        yield port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, child: process.Child) -> None:
    deadline = time.monotonic() + _PATIENCE
    while child.running() and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise NotUpError("; ".join(log.read_text()[-2000:] for log in directory.glob("*.log")))
