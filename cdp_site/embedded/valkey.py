"""The embedded Valkey: Celery's broker on a socket of its own. It keeps nothing: whatever is due comes again."""

import os
import socket
import time
from pathlib import Path

from cdp_site.embedded import lock, paths, process
from cdp_site.embedded.account import own_directory
from cdp_site.embedded.binaries import Binaries
from cdp_site.embedded.postgres import StartError
from cdp_site.embedded.process import Account, Child

_PREDECESSOR_SECONDS = 5
_START_SECONDS = 10


class Valkey:
    """One broker for the data directory `directory`."""

    name = "valkey"

    def __init__(self, directory: Path, binaries: Binaries, account: Account, *, log: Path | None = None) -> None:
        self.directory = directory
        self._binary = binaries.valkey
        self._account = account
        self._log = log

    def start(self, patience: float = _PREDECESSOR_SECONDS) -> Child:
        """Start the server. Raises lock.HeldError while an older one lives."""
        held = lock.take_within(self.directory / "valkey.lock", patience, lambda: None)
        try:
            sockets = own_directory(paths.socket_dir(self.directory), self._account)
            address = paths.broker_socket(self.directory)
            address.unlink(missing_ok=True)
            return process.start(
                [
                    *(self._binary, "--port", "0", "--unixsocket", address, "--unixsocketperm", "700"),
                    *("--save", "", "--appendonly", "no", "--dir", sockets, "--daemonize", "no"),
                    *("--maxmemory-policy", "noeviction", "--loglevel", "nothing"),
                ],
                environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                account=self._account,
                keep=[held],
                output=self._log,
            )
        finally:
            os.close(held)

    def restart(self) -> Child:
        """Start again after a death."""
        return self.start(patience=1)

    def kill_remains(self) -> None:
        """It is one process: nothing can remain."""

    def wait(self, child: Child) -> None:
        """Wait until the server answers."""
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not child.running() or time.monotonic() > deadline:
                raise StartError("Valkey does not start.")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            try:
                probe.connect(str(paths.broker_socket(self.directory)))
                probe.sendall(b"PING\r\n")
                return probe.recv(7) == b"+PONG\r\n"
            except OSError:
                return False
