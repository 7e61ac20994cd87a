"""A CRM: everything read and everything written through the engine, beside a bare loop of the adapter's calls.

python bench/crm.py [--contacts N] [--latency SECONDS] [--json]

The CRM is the stand-in of the tests, a process of its own, that answers each call after `latency`. Both sides call
one after the other. A pull ends for the engine when the last page is compared and kept; `applied` when the worker (a
process of its own too) has made people of all of them, for the first time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[0] = str(CHECKOUT)

from bench import database  # noqa: E402  after the path

_WORKER = "--worker" in sys.argv
if _WORKER:
    import django

    django.setup()
else:
    database.choose()

from dataclasses import replace  # noqa: E402  after the settings

from django.db import connection as db  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import servers, table, timing  # noqa: E402
from connectors import credentials, follow, inbound, link_table, preflight, sync  # noqa: E402
from connectors.adapters.base import Change  # noqa: E402
from connectors.client import Client  # noqa: E402
from connectors.models import Connection, Inbound, Link, Outbound, SyncRun  # noqa: E402
from profiles.models import Source  # noqa: E402
from tests.connectors.standin import TOKEN  # noqa: E402
from tests.connectors.standin_adapter import Standin  # noqa: E402

_LINES = ("email", "first_name", "last_name", "phone", "city", "country", "title")


class OneByOne(Standin):
    """One call at a time, as the bare loop does, and no limit but the remote's speed."""

    key = "bench"
    limits = replace(Standin.limits, calls=1_000_000, parallel=1)


def main() -> None:
    """Measure and print; or be the worker."""
    if _WORKER:
        _work()
        return
    arguments = _arguments()
    with database.running(), _remote(arguments) as address, servers.running("applying", "bench/crm.py", "--worker"):
        rates = _measure(address, arguments)
    ratios = {f"{name}_vs_bare": rates[f"{name}, engine"] / rates[f"{name}, bare loop"] for name in ("pull", "push")}
    ratios["applied_vs_bare"] = rates["pull, engine, applied"] / rates["pull, bare loop"]
    print(table.ratios(ratios) if arguments.json else _table(arguments, rates, ratios))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=20_000, help="records there")
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer of the CRM")
    parser.add_argument("--rounds", type=int, default=3, help="times that writing is measured")
    parser.add_argument("--json", action="store_true", help="print the ratios only, as one JSON object")
    return parser.parse_args()


def _measure(address: str, arguments: argparse.Namespace) -> dict[str, float]:
    """Contacts a second."""
    contacts = arguments.contacts
    connection = _connection(address)
    preflight.check(connection)
    bare = OneByOne(connection.config, {"token": TOKEN}, Client(allow_private=True))
    database.say("Reading")
    read = statistics.median(timing.seconds(lambda: _read(bare)) for _round in range(arguments.rounds))
    first, applied = _pull(connection)
    again, _applied = _pull(connection, full=True)
    database.say("Writing")
    ids = list(Link.objects.order_by("pk").values_list("remote_id", flat=True))
    assert len(ids) == contacts, f"{len(ids)} of {contacts} are linked"
    wrote: list[float] = []
    pushed: list[float] = []
    for number in range(arguments.rounds):
        wrote.append(timing.seconds(lambda: _write(bare, ids, f"Bare {number}")))  # noqa: B023  run at once
        _move(connection, f"Kith {number}")
        pushed.append(timing.seconds(lambda: sync.push(connection.pk)))
        run = SyncRun.objects.filter(direction="push")[0]
        assert (run.state, run.written) == ("done", contacts), _why(run)
    idle = timing.seconds(lambda: _mark_and_push(connection))
    return {
        "pull, bare loop": contacts / read,
        "pull, engine": contacts / first,
        "pull, engine, applied": contacts / applied,
        "pull again, nothing new": contacts / again,
        "push, bare loop": contacts / statistics.median(wrote),
        "push, engine": contacts / statistics.median(pushed),
        "push again, nothing new": contacts / idle,
    }


def _why(run: SyncRun) -> str:
    words = Outbound.objects.exclude(state="sent").values_list("words", flat=True).distinct()
    return f"{run.state}, {run.written} written, {run.failed} failed: {run.error} {list(words[:5])}"


def _read(adapter: OneByOne) -> None:
    page = adapter.pull("contact", None, _now(), None)
    while not page.done:
        page = adapter.pull("contact", None, _now(), page.cursor)


def _write(adapter: OneByOne, ids: list[str], city: str) -> None:
    size = adapter.limits.batch
    for start in range(0, len(ids), size):
        adapter.push("contact", [Change(id_, {"city": city}) for id_ in ids[start : start + size]])


def _pull(connection: Connection, **how: Any) -> tuple[float, float]:
    """Seconds until everything is read, and until the worker has applied it."""
    started = time.perf_counter()
    sync.pull(connection.pk, **how)
    read = time.perf_counter() - started
    run = SyncRun.objects.filter(direction="pull")[0]
    assert run.state == "done", _why(run)
    while Inbound.objects.exists():
        time.sleep(0.005)
    return read, time.perf_counter() - started


def _move(connection: Connection, city: str) -> None:
    """Everybody moves: what the worker would have noted."""
    with db.cursor() as cursor:
        cursor.execute("UPDATE profiles_profile SET traits = traits || jsonb_build_object('city', %s::text)", [city])
        cursor.execute("VACUUM ANALYZE profiles_profile")
    _await_quiet()
    link_table.mark_all(connection, "contact")


def _mark_and_push(connection: Connection) -> None:
    link_table.mark_all(connection, "contact")
    sync.push(connection.pk)


def _await_quiet() -> None:
    while inbound.pending() or follow.pending():
        time.sleep(0.05)


def _connection(address: str) -> Connection:
    source = Source.objects.create(name="CRM", kind=Source.Kind.CONNECTION, country="FR")
    owned: Mapping[str, str] = {"city": "kith"}
    fields = [{"remote": key, "local": f"traits.{key}", "owner": owned.get(key, "recent")} for key in _LINES]
    # Until somebody has said a city here, theirs is taken.
    fields[_LINES.index("city")]["owner"] = "kith_unless_blank"
    return Connection.objects.create(
        slug="bench", name="CRM", adapter=OneByOne.key, config={"url": address}, source=source, allow_private=True,
        secrets=credentials.seal({"token": TOKEN}), mapping={"contact": {"create_here": True, "fields": fields}},
    )  # fmt: skip


@contextmanager
def _remote(arguments: argparse.Namespace) -> Iterator[str]:
    """The stand-in, in a process of its own; its address."""
    command = [
        *(sys.executable, "-m", "tests.connectors.standin"),
        *("--contacts", str(arguments.contacts), "--latency", str(arguments.latency)),
    ]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdin
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(10)


def _work() -> None:
    """Apply what is read, as the worker does."""
    steps: list[tuple[Callable[[], bool], Callable[[], object]]] = [
        (inbound.pending, inbound.apply_batch),
        (follow.pending, follow.follow),
    ]
    while True:
        busy = False
        for pending, run in steps:
            if pending():
                run()
                busy = True
        if not busy:
            time.sleep(0.02)


def _now() -> Any:
    return timezone.now()


def _table(arguments: argparse.Namespace, rates: Mapping[str, float], ratios: Mapping[str, float]) -> str:
    title = f"{arguments.contacts:,} contacts, {arguments.latency * 1000:.0f} ms a call: contacts a second"
    rows = [(name, round(rate)) for name, rate in rates.items()]
    told = ", ".join(f"{name} {value:.2f}" for name, value in ratios.items())
    return table.text(title, ["", "contacts/s"], rows) + f"\n\n{told}"


if __name__ == "__main__":
    main()
