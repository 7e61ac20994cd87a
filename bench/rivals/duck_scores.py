"""The sums and fifths that scores are made of, by DuckDB on its own table: in memory, compressed, on every core."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.rivals.duck import TABLES, Duck
from profiles.models import EventType

# Whole hundredths that fall day by day (the bench lives in UTC, so that a day is a cast), capped by group and in all.
POINTS = """
    SELECT p.id, GREATEST(0, LEAST(10000, COALESCE(buying, 0) + LEAST(3000, COALESCE(browsing, 0)))) AS value
    FROM profile AS p LEFT JOIN (
        SELECT profile_id,
               sum(points) FILTER (WHERE name_id IN ($page, $viewed)) AS browsing,
               sum(points) FILTER (WHERE name_id NOT IN ($page, $viewed)) AS buying
        FROM (
            SELECT profile_id, name_id, (2 * weight * (decay - age) + decay) // (2 * decay) AS points
            FROM (SELECT profile_id, event.name_id, weight, decay,
                         date_diff('day', occurred_at::DATE, $today::DATE) AS age
                  FROM event JOIN (VALUES ($page, 50, 30), ($viewed, 200, 30), ($added, 500, 60), ($ordered, 2000, 90),
                                          ($opened, 100, 45)) AS worth (name_id, weight, decay) USING (name_id)
                  WHERE occurred_at <= $now) AS aged
            WHERE age < decay) AS happened
        GROUP BY profile_id) AS summed ON summed.profile_id = p.id"""

BOUGHT = """
    bought AS (SELECT profile_id, -date_diff('day', max(occurred_at)::DATE, $today::DATE) AS recency,
                      count(*) AS frequency, sum(value) AS monetary
               FROM event WHERE name_id = $ordered AND occurred_at <= $now GROUP BY profile_id),
    ranked AS (SELECT profile_id, {ranked} FROM bought)"""
RANKED = ", ".join(
    f"""10 * (rank() OVER (ORDER BY {name}) - 1) + {shared} AS {name}"""
    for name, shared in (
        ("recency", "5 * count(*) OVER (PARTITION BY recency)"),
        ("frequency", "1"),
        ("monetary", "5 * count(*) OVER (PARTITION BY monetary)"),
    )
)
# The fifth of a value is that of the middle of the people who have it; of frequency, the lowest that they reach.
FIFTHS = " + ".join(f"(1 + LEAST(4, ({name} - 1) // n))" for name in ("recency", "frequency", "monetary"))
RFM = f"""
    WITH {BOUGHT.format(ranked=RANKED)}, everybody AS (SELECT 2 * count(*) AS n FROM bought)
    SELECT profile_id, {FIFTHS} FROM ranked, everybody"""


class Scorer(Duck):
    """Takes the rows over once, then sums."""

    def __init__(self, directory: Path, at: datetime) -> None:
        self._database = duckdb.connect(str(directory / "scores.duckdb"))
        for table in ("profile", "event"):
            self._take(directory / f"{table}.csv", table, *TABLES[table])
        names = dict(EventType.objects.values_list("name", "id"))
        self._given: dict[str, Any] = {
            "page": names["Page Viewed"],
            "viewed": names["Product Viewed"],
            "added": names["Product Added"],
            "ordered": names["Order Completed"],
            "opened": names["Email Opened"],
            "now": at.replace(tzinfo=None),
            "today": at.date(),
        }

    def summed(self, query: str) -> tuple[int, int]:
        """How many people have a score, and the sum of all."""
        used = {name: value for name, value in self._given.items() if f"${name}" in query}
        found = self._database.execute(f"SELECT count(*), sum(value) FROM ({query}) AS scored (id, value)", used)
        count, total = found.fetchone()  # type: ignore[misc]  # an aggregate has a row
        return int(count), int(total)
