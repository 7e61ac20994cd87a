"""Scores: points and RFM over everybody beside DuckDB's time for the same sums, and what keeping them costs.

python bench/scores.py [--people N] [--events N] [--json]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

# The checkout, instead of this directory, in which `scores` is this very file.
sys.path[0] = str(Path(__file__).resolve().parents[1])
# A day is the same for everybody then: DuckDB would need an extension for another time zone.
os.environ["KITH_TIME_ZONE"] = "UTC"

from bench import database  # noqa: E402  after the path

database.choose()

from django.db import connection  # noqa: E402  after the settings
from django.utils import timezone  # noqa: E402
from psycopg import sql  # noqa: E402

from bench import people, table  # noqa: E402
from bench.rivals.duck_scores import POINTS, RFM, Scorer  # noqa: E402
from bench.timing import medians, seconds  # noqa: E402
from profiles.models import Followup  # noqa: E402
from scoring import edit, follow, refresh  # noqa: E402
from scoring.methods.base import Asked  # noqa: E402
from scoring.models import ScoreModel  # noqa: E402
from scoring.moves import READER  # noqa: E402
from segments.leaves import Where  # noqa: E402
from segments.world import World  # noqa: E402

CONFIGS = {
    "points": {
        "items": [
            {"event": "Page Viewed", "points": 0.5, "decay": 30, "group": "browsing"},
            {"event": "Product Viewed", "points": 2, "decay": 30, "group": "browsing"},
            {"event": "Product Added", "points": 5, "decay": 60},
            {"event": "Order Completed", "points": 20, "decay": 90},
            {"event": "Email Opened", "points": 1, "decay": 45},
        ],
        "groups": {"browsing": {"most": 30}},
        "most": 100,
        "least": 0,
        "bands": [{"name": "cold"}, {"name": "warm", "enter": 20, "leave": 15}, {"name": "hot", "enter": 60}],
    },
    "rfm": {"event": "Order Completed"},
}
RIVALS = {"points": POINTS, "rfm": RFM}
CHANGED = 1000


class DifferentAnswersError(Exception):
    """The rival, or we, are fast because of being wrong."""


@dataclass(frozen=True)
class Measured:
    """A score, how many people have it, and seconds."""

    slug: str
    people: int
    ours: float
    duckdb: float
    first: float
    same: float
    next_day: float


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with database.running():
        people.load(arguments.people, arguments.events)
        at = timezone.now()
        database.say("Copying the rows to DuckDB")
        duck = Scorer(database.directory, at)
        try:
            measured = [_measure(slug, at, duck, arguments.rounds) for slug in CONFIGS]
        finally:
            duck.close()
        followed = _follow(arguments.people)
        asked = _ask(arguments.rounds)
    ratios = {f"{one.slug}_vs_duckdb": one.ours / one.duckdb for one in measured}
    print(table.ratios(ratios) if arguments.json else _table(arguments, measured, followed, asked))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=125_000)
    parser.add_argument("--events", type=int, default=5_000_000, help="in 180 days")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender, after one that does not count")
    parser.add_argument("--json", action="store_true", help="print one object of ratios instead of the table")
    return parser.parse_args()


def _measure(slug: str, at: datetime, duck: Scorer, rounds: int) -> Measured:
    database.say(f"Scoring: {slug}")
    model = ScoreModel(slug=slug, name=slug, method=slug)
    edit.save(model, CONFIGS[slug], None)
    ours, theirs = partial(_summed, model, at), partial(duck.summed, RIVALS[slug])
    if ours() != theirs():
        raise DifferentAnswersError(f"{slug}: {ours()} and {theirs()}")
    found = medians({"ours": ours, "duckdb": theirs}, rounds)
    first = seconds(lambda: refresh.refresh(slug, at))
    _settle()
    same = seconds(lambda: refresh.refresh(slug, at + timedelta(seconds=1), anew=True))
    next_day = seconds(lambda: refresh.refresh(slug, at + timedelta(days=1)))
    _settle()
    return Measured(slug, ours()[0], found["ours"], found["duckdb"], first, same, next_day)


def _summed(model: ScoreModel, at: datetime) -> tuple[int, int]:
    """The sums alone: what there is to write is another matter."""
    method, asked = model.read(), Asked(at, None, World.now(), {})
    asked = Asked(at, None, asked.world, method.learn(asked))
    times = 100 if model.slug == "points" else 1
    query = sql.SQL("SELECT count(*), round(sum(value) * {}) FROM ({}) AS scored").format(
        sql.Literal(times), method.scores(asked)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        count, total = cursor.fetchone() or (0, 0)
    return int(count), int(total)


def _settle() -> None:
    """As autovacuum would, and with the queues taken by whoever reads them."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE profiles_change, profiles_followup")
        cursor.execute("VACUUM (ANALYZE) scoring_score")
        cursor.execute("CHECKPOINT")


def _follow(count: int) -> float:
    """Every score of some people about whom something changed."""
    ids = range(1, count + 1, max(1, count // CHANGED))
    Followup.objects.bulk_create(Followup(reader=READER, profile_id=id_) for id_ in ids)
    return seconds(lambda: follow.follow(timezone.now() + timedelta(days=1)))


def _ask(rounds: int) -> Mapping[str, float]:
    """A rule on a score, over everybody."""
    world, at = World.now(), timezone.now()
    leaves = {
        "points over 50": Where("scores.points", "over", 50),
        "RFM is Champions": Where("scores.rfm.band", "is", "Champions"),
    }
    contenders: dict[str, Callable[[], object]] = {
        name: partial(Where.ask, {0: leaf}, at, None, world) for name, leaf in leaves.items()
    }
    return medians(contenders, rounds)


def _table(
    arguments: argparse.Namespace, measured: Sequence[Measured], followed: float, asked: Mapping[str, float]
) -> str:
    rows: list[Sequence[object]] = [
        (one.slug, one.people, one.ours, one.duckdb, one.ours / one.duckdb, one.first, one.same, one.next_day)
        for one in measured
    ]
    rows.append((f"both, of {CHANGED:,} changed people", CHANGED, followed))
    rows += [(f"a rule: {name}", "", taken) for name, taken in asked.items()]
    return table.text(
        f"{arguments.people:,} people, {arguments.events:,} events; seconds, medians of {arguments.rounds} warm runs"
        " (written: single runs)",
        ("", "people", "Kith", "DuckDB", "Kith / DuckDB", "written first", "nothing new", "a day later"),
        rows,
    )


if __name__ == "__main__":
    main()
