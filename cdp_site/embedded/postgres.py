"""The embedded PostgreSQL: made once, started on a socket of its own, known to be gone when its lock is free."""

import os
import pwd
import shutil
import signal
import time
from pathlib import Path

import psycopg
from psycopg import sql

from cdp_site.embedded import lock, paths, process, sizing
from cdp_site.embedded.account import own_directory
from cdp_site.embedded.binaries import Binaries
from cdp_site.embedded.process import Account, Child

_MAJOR = "18"
# After a kill -9 of the launcher, a predecessor may still be writing its last checkpoint.
_PREDECESSOR_SECONDS = 20
_START_SECONDS = 300  # recovery of a large database after a power cut
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


class StartError(Exception):
    """The server did not come up; the message says what it said."""


class Postgres:
    """One database cluster in `directory`/postgres. `log` takes its words, or they go to a pipe."""

    name = "postgres"

    def __init__(
        self, directory: Path, binaries: Binaries, account: Account, *, durable: bool = True, log: Path | None = None
    ) -> None:
        self.directory = directory
        self.data = directory / "postgres"
        self._config = directory / "config"
        self._sockets = paths.socket_dir(directory)
        self._binaries = binaries
        self._account = account
        self._durable = durable
        self._log = log

    def start(self, patience: float = _PREDECESSOR_SECONDS) -> Child:
        """Start the server, making its files first when there are none. HeldError: an older one still lives."""
        self.kill_remains()
        held = lock.take_within(self.directory / "postgres.lock", patience, self._kill_all)
        try:
            own_directory(self._sockets, self._account)
            if not self.data.is_dir():
                self._initialise(held)
            own_directory(self.data, self._account)
            self._check_version()
            self._configure()
            # We have the lock, so no server lives: what a pid file says is stale, even if that pid is alive again.
            for stale in (self.data / "postmaster.pid", *self._sockets.glob(f".s.PGSQL.{paths.PORT}*")):
                stale.unlink(missing_ok=True)
            return process.start(
                [self._binaries.postgres, "-D", self.data, f"--config-file={self._config / 'postgresql.conf'}"],
                environment=_ENVIRONMENT,
                account=self._account,
                polite=signal.SIGINT,  # "fast": sessions are cut, everything is written
                on_our_death=signal.SIGINT,
                keep=[held],
                output=self._log,
            )
        finally:
            os.close(held)

    def restart(self) -> Child:
        """Start again after the main process died."""
        return self.start(patience=2)

    def wait(self, child: Child) -> None:
        """Wait until the server answers, and see that the database exists."""
        deadline = time.monotonic() + _START_SECONDS
        while child.running() and not self._says_ready() and time.monotonic() < deadline:
            time.sleep(0.01)
        while True:
            try:
                with psycopg.connect(paths.database_url(self.directory, "postgres"), autocommit=True) as connection:
                    self.create_database(connection, paths.DATABASE)
            except psycopg.OperationalError as error:
                if not child.running():
                    said = child.output.read() if child.output else _tail(self._log)
                    raise StartError(f"PostgreSQL does not start:\n{(said or b'').decode(errors='replace')}") from error
                if time.monotonic() > deadline:
                    raise StartError(f"PostgreSQL does not answer: {error}") from error
                time.sleep(0.02)
            else:
                return

    @staticmethod
    def create_database(connection: psycopg.Connection, name: str) -> None:
        """Make the database `name` if there is none."""
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _says_ready(self) -> bool:
        """The eighth line of the pid file is the server's state; asking by connecting would log failures."""
        path = self.data / "postmaster.pid"
        return path.exists() and path.read_text().split()[-1:] == ["ready"]

    def _initialise(self, held: int) -> None:
        """initdb beside the final place, then a rename: a first start that is killed leaves nothing half made."""
        draft = self.directory / "postgres.draft"
        if draft.exists():
            shutil.rmtree(draft)
        own_directory(draft, self._account)
        child = process.start(
            [
                *(self._binaries.initdb, "--pgdata", draft, "--username", paths.ACCOUNT, "--encoding", "UTF8"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
                *("--auth-local", "peer", "--auth-host", "reject", "--no-instructions"),
                *(() if self._durable else ("--no-sync",)),
            ],
            environment=_ENVIRONMENT,
            account=self._account,
            keep=[held],
        )
        said = child.output.read() if child.output else b""
        child.kill_group()
        if child.process.returncode != 0:
            raise StartError(f"initdb failed:\n{said.decode(errors='replace')}")
        draft.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != _MAJOR:
            raise StartError(
                f"{self.data} was made by PostgreSQL {found}, this is {_MAJOR}: dump it there, load it here."
            )

    def _configure(self) -> None:
        """Write our configuration anew at each start, where the server's account cannot change who may log in.

        local.conf beside it is the operator's, and wins.
        """
        self._config.mkdir(exist_ok=True)
        self._config.chmod(0o755)
        chosen = {
            **sizing.settings(durable=self._durable),
            "hba_file": str(self._config / "pg_hba.conf"),
            "ident_file": str(self._config / "pg_ident.conf"),
            "listen_addresses": "",
            "unix_socket_directories": f'"{self._sockets}"',
            "unix_socket_permissions": "0700",
            "port": str(paths.PORT),
            "timezone": "UTC",
            # A process that was killed does not leave its query running.
            "client_connection_check_interval": "2s",
            "log_timezone": "UTC",
            "log_line_prefix": "%p ",
            "log_checkpoints": "off",
            # Statements and details hold personal data.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        lines = [f"{name} = {_quoted(value)}" for name, value in chosen.items()]
        if (self._config / "local.conf").exists():
            lines.append("include 'local.conf'")
        runner = pwd.getpwuid(self.data.stat().st_uid).pw_name
        users = sorted({runner, "root"})
        self._write("postgresql.conf", lines)
        self._write("pg_hba.conf", ["local all all peer map=kith"])
        self._write("pg_ident.conf", [f'kith "{user}" {paths.ACCOUNT}' for user in users])

    def _write(self, name: str, lines: list[str]) -> None:
        draft = self._config / f"{name}.draft"
        draft.write_text("# Written by Kith at each start.\n" + "\n".join(lines) + "\n")
        draft.chmod(0o644)
        draft.replace(self._config / name)

    def kill_remains(self) -> None:
        """Kill what is left of a server whose main process is gone: a busy session notices only at its end."""
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if _works_in(entry, self.data)]
        if not any(_is_main(pid) for pid in pids):
            for pid in pids:
                process.kill(pid)

    def _kill_all(self) -> None:
        """Kill a server that has had its time: nobody who owns the data directory looks after it."""
        for entry in Path("/proc").iterdir():
            if _works_in(entry, self.data):
                process.kill(int(entry.name))


def _works_in(entry: Path, directory: Path) -> bool:
    """Is this entry of /proc one of the server's processes? Each works in its data directory."""
    try:
        return (entry / "cwd").readlink() == directory and (entry / "exe").readlink().name.startswith("postgres")
    except OSError:  # no process, or ended meanwhile, or somebody else's
        return False


def _is_main(pid: int) -> bool:
    """The main process keeps its command line, the others write theirs over."""
    try:
        return b"--config-file=" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _tail(path: Path | None) -> bytes:
    return path.read_bytes()[-4000:] if path and path.exists() else b""
