"""DuckDB on tables of its own with the same rows: columns, compressed, on every core. Properties are JSON there too."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
from django.db import connection

from bench.rules import BUYERS, INACTIVE
from profiles.models import EventType
from segments.bitmaps import BitMap64
from segments.models import Segment
from segments.windows import Duration

# The table there, its columns there, and the rows that go into it.
TABLES = {
    "profile": (
        "id BIGINT, traits JSON",
        "SELECT id, traits FROM profiles_profile WHERE merged_into IS NULL ORDER BY id",
    ),
    "event": (
        "profile_id BIGINT, occurred_at TIMESTAMP, message_id UUID, name_id SMALLINT, value BIGINT, properties JSON",
        "SELECT profile_id, occurred_at AT TIME ZONE 'UTC', message_id, name_id, value, properties FROM profiles_event",
    ),
    "membership": (
        "profile_id BIGINT, segment_id BIGINT",
        "SELECT profile_id, segment_id FROM segments_membership WHERE left_at IS NULL",
    ),
}

QUERIES = {
    1: """SELECT id FROM profile WHERE (traits ->> '$.country') = 'DE' AND (traits ->> '$.stage') = 'customer'
          AND (traits -> '$.email_consent') = 'true'""",
    2: """SELECT DISTINCT profile_id FROM event
          WHERE name_id = $ordered AND occurred_at > $days30 AND occurred_at <= $now""",
    3: """SELECT profile_id FROM event WHERE name_id = $page AND occurred_at > $days7 AND occurred_at <= $now
          GROUP BY profile_id HAVING count(*) >= 5""",
    4: """SELECT profile_id FROM event WHERE name_id = $viewed AND occurred_at > $days30 AND occurred_at <= $now
          AND (properties ->> '$.category') = 'shoes' GROUP BY profile_id HAVING count(*) >= 3""",
    5: """SELECT profile_id FROM event WHERE name_id = $ordered AND occurred_at > $days90 AND occurred_at <= $now
          GROUP BY profile_id HAVING sum(value) > 20000""",
    6: """SELECT profile_id FROM event WHERE occurred_at <= $now GROUP BY profile_id
          HAVING max(occurred_at) <= $days14""",
    7: """SELECT DISTINCT profile_id FROM event
          WHERE name_id = $added AND occurred_at > $days3 AND occurred_at <= $now AND profile_id NOT IN (
              SELECT profile_id FROM event
              WHERE name_id = $ordered AND occurred_at > $days3 AND occurred_at <= $now)""",
    # The latest view that each event comes after, in one pass over the events of a person in their order. Of two at
    # one moment neither follows the other.
    8: """WITH step AS (
              SELECT profile_id, occurred_at, name_id FROM event
              WHERE name_id IN ($viewed, $added, $ordered) AND occurred_at > $days30 AND occurred_at <= $now),
          added AS (
              SELECT *, max(occurred_at) FILTER (name_id = $viewed) OVER (PARTITION BY profile_id ORDER BY occurred_at
                  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) AS viewed FROM step),
          ordered AS (
              SELECT *, max(viewed) FILTER (name_id = $added) OVER (PARTITION BY profile_id ORDER BY occurred_at
                  RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP) AS began FROM added)
          SELECT DISTINCT profile_id FROM ordered
          WHERE name_id = $ordered AND began >= occurred_at - INTERVAL 24 HOUR""",
    9: """SELECT id FROM profile WHERE (traits ->> '$.country') IN ('DE', 'FR', 'IT')
          AND TRY_CAST(traits ->> '$.born' AS DATE) BETWEEN '1980-01-01' AND '1995-12-31'
          AND (id IN (SELECT profile_id FROM event
                      WHERE name_id = $ordered AND occurred_at > $days90 AND occurred_at <= $now
                      GROUP BY profile_id HAVING count(*) >= 2)
               OR id IN (SELECT profile_id FROM event
                         WHERE name_id = $ordered AND occurred_at > $days180 AND occurred_at <= $now
                         GROUP BY profile_id HAVING sum(value) > 30000))
          AND id NOT IN (SELECT profile_id FROM event WHERE name_id IN ($unsubscribed, $refunded)
                         AND occurred_at > $days180 AND occurred_at <= $now)""",
    10: """SELECT profile_id FROM membership AS buyer WHERE segment_id = $buyers
           AND profile_id NOT IN (SELECT profile_id FROM membership WHERE segment_id = $inactive)
           AND profile_id IN (
               SELECT profile_id FROM event
               WHERE name_id = $page AND occurred_at > $days14 AND occurred_at <= $now
               AND starts_with((properties ->> '$.url'), '/sale/'))""",
    11: """SELECT profile_id FROM event WHERE name_id = $ordered AND occurred_at > $days180 AND occurred_at <= $now
           AND (properties ->> '$.category') = 'electronics' GROUP BY profile_id HAVING sum(value) > 10000""",
    12: """SELECT profile_id FROM event
           WHERE name_id IN ($page, $added, $ordered, $opened) AND occurred_at > $days30 AND occurred_at <= $now
           GROUP BY profile_id
           HAVING sum(CASE name_id WHEN $page THEN 1 WHEN $added THEN 5 WHEN $ordered THEN 20 ELSE 3 END) > 49""",
}


class Duck:
    """Takes the rows over once, then answers each rule as of `at`."""

    def __init__(self, directory: Path, at: datetime) -> None:
        self._database = duckdb.connect(str(directory / "rows.duckdb"))
        for table, (columns, rows) in TABLES.items():
            self._take(directory / f"{table}.csv", table, columns, rows)
        names = dict(EventType.objects.values_list("name", "id"))
        segments = dict(Segment.objects.values_list("slug", "id"))
        self._parameters: dict[str, Any] = {
            "ordered": names["Order Completed"],
            "page": names["Page Viewed"],
            "viewed": names["Product Viewed"],
            "added": names["Product Added"],
            "opened": names["Email Opened"],
            "unsubscribed": names["Email Unsubscribed"],
            "refunded": names["Order Refunded"],
            "buyers": segments[BUYERS],
            "inactive": segments[INACTIVE],
            "now": _plain(at),
            **{f"days{days}": _plain(Duration(days, "days").before(at)) for days in (3, 7, 14, 30, 90, 180)},
        }

    def ask(self, number: int) -> BitMap64:
        """The people of a rule."""
        query = QUERIES[number]
        words = _words(query)
        used = {name: value for name, value in self._parameters.items() if f"${name}" in words}
        (people,) = self._database.execute(query, used).fetchnumpy().values()
        return BitMap64(array("Q", people.astype("uint64").tobytes()))

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _take(self, file: Path, table: str, columns: str, rows: str) -> None:
        connection.ensure_connection()
        with (
            connection.connection.cursor() as cursor,
            cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT csv, NULL '')") as lines,
            file.open("wb") as out,
        ):
            out.writelines(lines)
        self._database.execute(f"CREATE TABLE {table} ({columns})")
        self._database.execute(
            f"INSERT INTO {table} SELECT * FROM read_csv('{file}', header = false, columns = {_typed(columns)})"
        )
        file.unlink()


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _words(query: str) -> Sequence[str]:
    return query.replace("(", " ").replace(")", " ").replace(",", " ").split()


def _typed(columns: str) -> dict[str, str]:
    return dict(column.split() for column in columns.split(", "))
