"""Segments: seven rules over everybody beside two rivals, and what keeping them costs as the base grows.

python bench/segments.py [--people N] [--events N] [--json]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# The checkout, instead of this directory, in which `segments` is this very file.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import database  # noqa: E402  after the path

database.choose()

from django.utils import timezone  # noqa: E402  after the settings

from bench import full, growth, people, table  # noqa: E402
from bench.rules import publish_all  # noqa: E402
from segments.refresh import refresh  # noqa: E402

# The smaller base of the growth has one in so many.
TIMES = 10
SMALL = "small"


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with database.running():
        database.copy(SMALL)
        large = database.use(SMALL)
        _fill(arguments.people // TIMES, arguments.events // TIMES)
        database.use(large)
        _fill(arguments.people, arguments.events)
        rules = full.measure(timezone.now(), arguments.rounds, database.directory)
        database.say(f"Refreshing after {growth.CHANGED:,} changed people")
        bases = {SMALL: arguments.people // TIMES, large: arguments.people}
        kept = growth.measure(bases, arguments.rounds)
    ratios = _ratios(rules, kept)
    print(table.ratios(ratios) if arguments.json else _table(arguments, rules, kept, ratios))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=125_000)
    parser.add_argument("--events", type=int, default=5_000_000, help="in 180 days")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender, after one that does not count")
    parser.add_argument("--json", action="store_true", help="print one object of ratios instead of the table")
    return parser.parse_args()


def _fill(count: int, events: int) -> None:
    people.load(count, events)
    publish_all()
    refresh()


def _ratios(rules: Sequence[full.Measured], kept: Sequence[growth.Measured]) -> dict[str, float]:
    ours = sum(rule.ours for rule in rules)
    small, large = kept
    return {
        "full_vs_exists": sum(rule.exists for rule in rules) / ours,
        "full_vs_duckdb": ours / sum(rule.duckdb for rule in rules),
        "refresh_growth": large.changed / small.changed,
        "idle_leaves_asked": small.idle_asked + large.idle_asked,
    }


def _table(
    arguments: argparse.Namespace,
    rules: Sequence[full.Measured],
    kept: Sequence[growth.Measured],
    ratios: dict[str, float],
) -> str:
    rows: list[Sequence[object]] = [
        (f"{rule.number}  {rule.words}", rule.people, rule.ours, rule.exists, rule.duckdb,
         rule.exists / rule.ours, rule.ours / rule.duckdb)
        for rule in rules
    ]  # fmt: skip
    sums = [sum(column) for column in zip(*((r.ours, r.exists, r.duckdb) for r in rules), strict=True)]
    rows.append(("sum", "", *sums, ratios["full_vs_exists"], ratios["full_vs_duckdb"]))
    for base in kept:
        rows.append((f"refresh after {growth.CHANGED:,} changed people, of {base.people:,}", "", base.changed))
        rows.append((f"refresh with nothing new, of {base.people:,}", "", base.idle))
    rows.append(("refresh: growth on ten times the base", "", ratios["refresh_growth"]))
    rows.append(("refresh with nothing new: conditions asked", "", ratios["idle_leaves_asked"]))
    return table.text(
        f"{arguments.people:,} people, {arguments.events:,} events; seconds, medians of {arguments.rounds} warm runs",
        ("", "people", "Kith", "EXISTS", "DuckDB", "EXISTS / Kith", "Kith / DuckDB"),
        rows,
    )


if __name__ == "__main__":
    main()
