"""The embedded Valkey: Celery's broker on a socket of its own. It keeps nothing: whatever is due comes again."""

import os
import time
from pathlib import Path

import redis

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
            socket = paths.broker_socket(self.directory)
            socket.unlink(missing_ok=True)
            return process.start(
                [
                    *(self._binary, "--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"),
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
        client = redis.Redis(unix_socket_path=str(paths.broker_socket(self.directory)))
        while True:
            try:
                client.ping()
            except redis.ConnectionError as error:
                if not child.running() or time.monotonic() > deadline:
                    raise StartError(f"Valkey does not start: {error}") from error
                time.sleep(0.02)
            else:
                return
            finally:
                client.close()
