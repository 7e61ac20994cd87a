"""Segments: twelve rules over everybody beside two rivals, and what keeping five hundred segments costs.

python bench/segments.py [--people N] [--events N] [--rate N] [--json]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# The checkout, instead of this directory, in which `segments` is this very file.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import database  # noqa: E402  after the path

database.choose()

from django.utils import timezone  # noqa: E402  after the settings

from bench import edit, full, growth, live, memory, people, population, table  # noqa: E402
from bench.rules import publish_all  # noqa: E402

# The smaller base of the growth has one in so many.
TIMES = 10
SMALL = "small"
SEQUENCE = 8
# Whom the live events are about.
LIVELY = 20_000


@dataclass(frozen=True)
class Found:
    """Everything that was measured; `kept`: on the small base, then on the large one. `memory`: with all, with few."""

    rules: Sequence[full.Measured]
    kept: tuple[growth.Measured, growth.Measured]
    edits: Sequence[edit.Edited]
    memory: tuple[float, float]
    # At a tenth of the rate, then at the rate.
    live: tuple[live.Lived, live.Lived]


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with database.running():
        found = _measure(arguments)
    ratios = _ratios(found)
    print(table.ratios(ratios) if arguments.json else _table(arguments, found, ratios))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=125_000)
    parser.add_argument("--events", type=int, default=5_000_000, help="in 180 days")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender, after one that does not count")
    parser.add_argument("--segments", type=int, default=population.SEGMENTS, help="that are kept")
    parser.add_argument("--rate", type=int, default=5_000, help="events a second that come in while it is looked at")
    parser.add_argument("--seconds", type=float, default=30, help="for how long they come in")
    parser.add_argument("--json", action="store_true", help="print one object of ratios instead of the table")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> Found:
    database.copy(SMALL)
    large = database.use(SMALL)
    _fill(arguments.people // TIMES, arguments.events // TIMES)
    _keep(arguments.segments)
    database.use(large)
    _fill(arguments.people, arguments.events)
    rules = full.measure(timezone.now(), arguments.rounds, database.directory)
    _keep(arguments.segments)
    database.say(f"Refreshing after {growth.CHANGED:,} changed people")
    bases = {SMALL: arguments.people // TIMES, large: arguments.people}
    small_kept, large_kept = growth.measure(bases, arguments.rounds, large)
    database.use(large)
    edits, peaks = edit.measure(arguments.rounds), memory.measure(arguments.people)
    stage = live.prepare(min(LIVELY, arguments.people))
    lived = [live.measure(stage, rate, arguments.seconds) for rate in (arguments.rate / 10, arguments.rate)]
    return Found(rules, (small_kept, large_kept), edits, peaks, (lived[0], lived[1]))


def _fill(count: int, events: int) -> None:
    people.load(count, events)
    publish_all()
    growth.settle()


def _keep(segments: int) -> None:
    population.publish(segments)
    growth.settle()
    database.tidy()


def _ratios(found: Found) -> dict[str, float]:
    ours = sum(rule.ours for rule in found.rules)
    sequences = [rule.ours / rule.duckdb for rule in found.rules if rule.number == SEQUENCE]
    small, large = found.kept
    everything, few = found.memory
    _new, condition, group = found.edits
    return {
        "full_vs_exists": sum(rule.exists for rule in found.rules) / ours,
        "full_vs_duckdb": ours / sum(rule.duckdb for rule in found.rules),
        "sequence_vs_duckdb": max(sequences),
        "refresh_growth": large.changed / small.changed,
        "refresh_vs_full": large.full / large.changed,
        "clock_vs_full": large.minute / large.full,
        "clock_vs_rules": large.minute / ours,
        "idle_leaves_asked": small.idle_asked + large.idle_asked,
        "edit_leaves_asked": condition.asked,
        "group_leaves_asked": group.asked,
        "latency_p95_s": found.live[-1].p95,
        "latency_rate": found.live[-1].rate,
        "worker_peak_mb": max(lived.peak_mb for lived in found.live),
        "memory_growth": everything / few,
    }


def _table(arguments: argparse.Namespace, found: Found, ratios: dict[str, float]) -> str:
    rows: list[Sequence[object]] = [
        (f"{rule.number}  {rule.words}", rule.people, rule.ours, rule.exists, rule.duckdb,
         rule.exists / rule.ours, rule.ours / rule.duckdb)
        for rule in found.rules
    ]  # fmt: skip
    sums = [sum(column) for column in zip(*((r.ours, r.exists, r.duckdb) for r in found.rules), strict=True)]
    rows.append(("sum", "", *sums, ratios["full_vs_exists"], ratios["full_vs_duckdb"]))
    for base in found.kept:
        rows.append((f"refresh after {growth.CHANGED:,} changed people, of {base.people:,}", "", base.changed))
        rows.append((f"refresh a minute later with no event, of {base.people:,}", "", base.minute))
        rows.append((f"refresh with nothing new, of {base.people:,}", "", base.idle))
    rows.append((f"all conditions and segments computed anew, of {arguments.people:,}", "", found.kept[1].full))
    rows += [(f"{one.words}: {one.asked} conditions asked", "", one.seconds) for one in found.edits]
    for lived in found.live:
        rows += [
            (f"event to membership at {lived.rate:,.0f} events/s: median", "", lived.median),
            ("  95th percentile", "", lived.p95),
            ("  the longest", "", lived.worst),
            (f"  {lived.backlog:,} messages waited at the end, for", "", lived.drained),
            ("  MB of the worker at its peak", "", lived.peak_mb),
        ]
    rows += [
        ("MB of a refresher at its peak, with all segments", "", found.memory[0]),
        ("MB of a refresher at its peak, with a tenth of them", "", found.memory[1]),
        *((name, "", value) for name, value in ratios.items()),
    ]
    return table.text(
        f"{arguments.people:,} people, {arguments.events:,} events; seconds, medians of {arguments.rounds} warm runs",
        ("", "people", "Kith", "EXISTS", "DuckDB", "EXISTS / Kith", "Kith / DuckDB"),
        rows,
    )


if __name__ == "__main__":
    main()
