"""Both servers in a directory of one's choosing, for a block: what tests and benches work on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cdp_site.embedded import binaries, lock, paths, process
from cdp_site.embedded.account import account, let_through
from cdp_site.embedded.postgres import Postgres
from cdp_site.embedded.process import Account, Child
from cdp_site.embedded.valkey import Valkey

_STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running servers are: values for DATABASE_URL and CELERY_BROKER_URL."""

    database_url: str
    broker_url: str


@contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[Addresses]:
    """PostgreSQL and Valkey on `directory`, stopped at the end and when we die. Raises lock.HeldError if it is in use.

    Not `durable`: without fsync, for tests. Their words go to postgres.log and valkey.log.
    """
    paths.make_data_dir(directory)
    with lock.only_instance(directory):
        found, owner = prepare(directory)
        postgres = Postgres(directory, found, owner, durable=durable, log=directory / "postgres.log")
        children: list[Child] = []
        try:
            for server in (postgres, Valkey(directory, found, owner, log=directory / "valkey.log")):
                children.append(server.start())
                server.wait(children[-1])
            yield Addresses(paths.database_url(directory), paths.broker_url(directory))
        finally:
            process.stop(children, _STOP_SECONDS)
            postgres.kill_remains()


def prepare(directory: Path) -> tuple[binaries.Binaries, Account]:
    """Make the way into our data directory; say which programs run, and under which account."""
    owner = account()
    let_through(directory, owner)
    if owner.uid < 0:
        return binaries.installed(), owner
    copies = directory / "programs"
    copies.mkdir(exist_ok=True)
    copies.chmod(0o755)
    return binaries.copied(copies), owner
