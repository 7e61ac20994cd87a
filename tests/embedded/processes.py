"""Processes seen from outside: which belong to a data directory; one that holds servers, to be killed."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parents[2]
_HOLD = """
import sys, time
from pathlib import Path
from cdp_site.embedded import servers
with servers.running(Path(sys.argv[1]), durable=sys.argv[2] == "True"):
    print("up", flush=True)
    time.sleep(600)
"""


class Holder:
    """A process of its own that runs both servers on a directory until it is killed."""

    def __init__(self, directory: Path, durable: bool) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _HOLD, str(directory), str(durable)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "up\n"
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def processes_in(directory: Path) -> list[int]:
    """Every process that works in the data directory, or was told of it on its command line or in its environment."""
    needle = str(directory).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            called = (entry / "cmdline").read_bytes()
            told = called + (entry / "environ").read_bytes()
            below = (entry / "cwd").readlink().is_relative_to(directory)
        except OSError:  # it ended meanwhile, or is somebody else's
            continue
        if (below or needle in told) and not _is_ourselves(called):
            found.append(int(entry.name))
    return found


def main_process(directory: Path, name: str) -> int:
    """The process in `directory` whose program is called `name` and whose parent is not one of them."""
    pids = processes_in(directory)
    named = [pid for pid in pids if command_line(pid).partition(" ")[0].endswith(name)]
    return next(pid for pid in named if parent(pid) not in named)


def command_line(pid: int) -> str:
    """The program and its arguments, parted by blanks; empty when the process ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def owner(pid: int) -> int | None:
    """The account that the process runs under; None when it ended meanwhile."""
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        return None


def parent(pid: int) -> int:
    """The pid of the parent; 0 when the process ended meanwhile."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def await_gone(directory: Path, seconds: float = 10) -> None:
    """Wait until no process is left, and fail when one is."""
    deadline = time.monotonic() + seconds
    while left := processes_in(directory):
        assert time.monotonic() < deadline, [command_line(pid) for pid in left]
        time.sleep(0.05)


def _is_ourselves(called: bytes) -> bool:
    """The test's own process, whose environment may name the directory too."""
    return b"pytest" in called or b"xdist" in called
