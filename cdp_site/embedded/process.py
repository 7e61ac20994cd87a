"""A child process that leads a group of its own, dies with us, and is stopped by group with a deadline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from cdp_site.embedded import tether


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs a child: the ids of a passwd entry, or -1 and -1 for ourselves."""

    uid: int = -1
    gid: int = -1


@dataclass(slots=True)
class Child:
    """A running child. `output` is its stdout and stderr when they are piped to us."""

    process: subprocess.Popen[bytes]
    polite: signal.Signals
    output: IO[bytes] | None = field(default=None)

    @property
    def pid(self) -> int:
        """Also the id of its process group."""
        return self.process.pid

    def running(self) -> bool:
        """Has it not ended yet? Leaves it unreaped, so that its id stays its own until the group is killed."""
        if self.process.returncode is not None:
            return False
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def ask_to_stop(self, number: signal.Signals | None = None) -> None:
        """Send the child alone its polite signal (or `number`); what is gone is gone."""
        if self.running():
            self.process.send_signal(number or self.polite)

    def kill_group(self) -> None:
        """SIGKILL to whatever is left of the group, then reap."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        if self.output is not None:
            self.output.close()


def start(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    account: Account = Account(),
    polite: signal.Signals = signal.SIGTERM,
    on_our_death: signal.Signals = signal.SIGKILL,
    keep: Sequence[int] = (),
    directory: Path | None = None,
    output: Path | None = None,
) -> Child:
    """Start a program by absolute path; `keep` are descriptors it inherits, `output` a file instead of a pipe."""
    wrapped = [
        *(sys.executable, "-I", "-S", tether.__file__),
        *(str(os.getpid()), str(int(on_our_death)), str(account.uid), str(account.gid)),
        *(str(argument) for argument in arguments),
    ]
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    sink = os.open(output, flags, 0o600) if output else None
    try:
        process = subprocess.Popen(  # noqa: S603  our own programs, no shell
            wrapped,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if sink is None else sink,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(keep),
            cwd=directory or "/",
            start_new_session=True,
            bufsize=0,
        )
    finally:
        if sink is not None:
            os.close(sink)
    return Child(process, polite, process.stdout)


def stop(children: Sequence[Child], seconds: float, meanwhile: Callable[[], None] | None = None) -> None:
    """Ask all to stop, wait for them together, kill the groups of those that are not done in time.

    `meanwhile` reads their pipes: a child that writes into a full one would never end.
    """
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    while any(child.running() for child in children) and time.monotonic() < deadline:
        if meanwhile:
            meanwhile()
        time.sleep(0.01)
    for child in children:
        child.kill_group()


def kill(pid: int) -> None:
    """SIGKILL to a process that is not our child and may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
