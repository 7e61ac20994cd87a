"""Kith run as a newcomer runs it, with embedded servers, for tests that kill parts of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.embedded.processes import CHECKOUT, await_gone, command_line, parent, processes_in
from tests.live import free_port, health

_PARTS = ("database", "broker", "worker", "beat")
_START_SECONDS = 240


class Kith:
    """`python -m cdp_site.embedded` on a data directory; its words in launcher.log there."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log = directory / "launcher.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "CELERY_BROKER_URL"}},
            "KITH_DATA": str(directory),
            "KITH_PORT": str(self.port),
            "KITH_WRITE_KEY": "ks_of_the_kill_test",
            "KITH_DEMO_PEOPLE": "60",
        }
        self.launcher: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until everything is alive."""
        with self.log.open("ab") as log:
            self.launcher = subprocess.Popen(
                [sys.executable, "-m", "cdp_site.embedded"],
                env=self.environment, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.await_alive()

    def said(self, words: str) -> str:
        """What the launcher said, once these words are in it: it says so a moment after everything is alive."""
        deadline = time.monotonic() + _START_SECONDS
        while words not in (log := self.log.read_text()):
            assert time.monotonic() < deadline, log[-3000:]
            time.sleep(0.05)
        return log

    def await_alive(self, seconds: float = _START_SECONDS) -> None:
        """Wait until /health/ says that every part lives."""
        deadline = time.monotonic() + seconds
        while not all((found := health(self.url)).get(part) for part in _PARTS):
            assert time.monotonic() < deadline, f"{found}\n{self.log.read_text()[-3000:]}"
            assert self.launcher is not None
            assert self.launcher.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Signal the launcher and wait for it. Fails if anything outlives it."""
        assert self.launcher is not None
        self.launcher.send_signal(number)
        self.launcher.wait(30)
        await_gone(self.directory)

    def pid(self, part: str) -> int:
        """The main process of a part, as ps shows it; a session is PostgreSQL's, a web worker granian's."""
        if part == "launcher":
            assert self.launcher is not None
            return self.launcher.pid
        deadline = time.monotonic() + _START_SECONDS
        while not (found := self._pids(part)):  # all sessions busy, or a process that is being restarted
            assert time.monotonic() < deadline, part
            time.sleep(0.02)
        return found[0]

    def _pids(self, part: str) -> list[int]:
        main, _, below = _WHERE[part].partition(" > ")
        pids = processes_in(self.directory)
        found = [pid for pid in pids if main in command_line(pid) and parent(pid) == self.pid("launcher")]
        return [pid for pid in pids if parent(pid) in found and below in command_line(pid)] if below else found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.launcher is not None and self.launcher.poll() is None:
            self.launcher.send_signal(signal.SIGTERM)
            self.launcher.wait(30)


_WHERE = {
    "postgres": "bin/postgres",
    "session": "bin/postgres > idle",
    "valkey": "valkey-server",
    "web": "cdp_site.embedded.web",
    "web worker": "cdp_site.embedded.web > embedded.web",
    "worker": "manage.py worker",
    "tasks": "celery -q -A cdp_site.celery worker",
    "beat": "celery -q -A cdp_site.celery beat",
}
