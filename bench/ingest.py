"""Ingestion: events a second accepted, and applied end to end, beside Django REST framework and raw COPY.

python bench/ingest.py [--people N] [--events N] [--json]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random

sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import database  # noqa: E402  after the path

database.choose()

from django.db import connection  # noqa: E402  after the settings

from bench import collecting, servers, table  # noqa: E402

BATCHES = (1, 20, 100, 500)
# The batch that is promised about.
PROMISED = 100
# Small batches cost more each: fewer messages in them tell as much.
_REQUESTS = 2_000
# The rival is slower: a part of the messages keeps it busy as long.
_RIVALS_PART = 4

Rates = Mapping[tuple[str, int], float]
ACCEPTED, APPLIED, DRF, COPY = (
    "accepted: collector, on disk",
    "applied end to end: collector and worker",
    "applied by Django REST framework, bulk_create",
    "raw COPY into the indexed table",
)


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with database.running():
        rates = _measure(arguments.people, arguments.events, arguments.rounds)
    ratios = {
        "applied_vs_drf": rates[APPLIED, PROMISED] / rates[DRF, PROMISED],
        "applied_vs_copy": rates[APPLIED, PROMISED] / rates[COPY, PROMISED],
        "accepted_vs_copy": rates[ACCEPTED, PROMISED] / rates[COPY, PROMISED],
    }
    print(table.ratios(ratios) if arguments.json else _table(arguments, rates, ratios))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000, help="whom the messages are about")
    parser.add_argument("--events", type=int, default=40_000, help="messages a run")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender, after one that does not count")
    parser.add_argument("--json", action="store_true", help="print one object of ratios instead of the table")
    return parser.parse_args()


def _measure(people: int, events: int, rounds: int) -> Rates:
    """Medians of warm runs, by contender and batch; the contenders take turns."""
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    random = Random(1)
    with ExitStack() as stack:
        kith = collecting.Kith(stack.enter_context(servers.web()), people, random)
        rival = stack.enter_context(collecting.drf(people, random))
        limit = collecting.Copy()
        for number in range(rounds + 1):
            database.say(f"Round {number} of {rounds}" + ("" if number else ", which does not count"))
            _round(found, events, kith, rival, limit)
            if not number:
                found.clear()
                rival.analyze()
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
    return {contender: statistics.median(rates) for contender, rates in found.items()}


def _round(
    found: dict[tuple[str, int], list[float]],
    events: int,
    kith: collecting.Kith,
    rival: collecting.Drf,
    limit: collecting.Copy,
) -> None:
    for batch in BATCHES:
        found[ACCEPTED, batch].append(kith.accept(min(events, _REQUESTS * batch), batch))
    with collecting.worker():
        for batch in BATCHES:
            found[APPLIED, batch].append(kith.apply(min(events, _REQUESTS * batch), batch))
    for batch in BATCHES:
        found[DRF, batch].append(rival.apply(min(max(events // _RIVALS_PART, 1), _REQUESTS * batch), batch))
    found[COPY, PROMISED].append(limit.copy())


def _table(arguments: argparse.Namespace, rates: Rates, ratios: Mapping[str, float]) -> str:
    rows: list[list[object]] = [
        [name, *(round(rates[name, batch]) if (name, batch) in rates else "" for batch in BATCHES)]
        for name in (ACCEPTED, APPLIED, DRF, COPY)
    ]
    rows += [[name, "", "", value] for name, value in ratios.items()]
    return table.text(
        f"Events a second in batches of so many; {arguments.events:,} a run about {arguments.people:,} people,"
        f" medians of {arguments.rounds} warm runs",
        ("", *map(str, BATCHES)),
        rows,
    )


if __name__ == "__main__":
    main()
