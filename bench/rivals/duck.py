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
    6: """SELECT profile_id FROM event WHERE occurred_at <= $now GROUP BY profile_id
          HAVING max(occurred_at) <= $days14""",
    7: """SELECT DISTINCT profile_id FROM event
          WHERE name_id = $added AND occurred_at > $days3 AND occurred_at <= $now AND profile_id NOT IN (
              SELECT profile_id FROM event
              WHERE name_id = $ordered AND occurred_at > $days3 AND occurred_at <= $now)""",
    10: """SELECT profile_id FROM membership AS buyer WHERE segment_id = $buyers
           AND profile_id NOT IN (SELECT profile_id FROM membership WHERE segment_id = $inactive)
           AND profile_id IN (
               SELECT profile_id FROM event
               WHERE name_id = $page AND occurred_at > $days14 AND occurred_at <= $now
               AND starts_with((properties ->> '$.url'), '/sale/'))""",
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
            "buyers": segments[BUYERS],
            "inactive": segments[INACTIVE],
            "now": _plain(at),
            **{f"days{days}": _plain(Duration(days, "days").before(at)) for days in (3, 7, 14, 30)},
        }

    def ask(self, number: int) -> BitMap64:
        """The people of a rule."""
        query = QUERIES[number]
        used = {name: value for name, value in self._parameters.items() if f"${name}" in _words(query)}
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
    return query.replace(")", " ").split()


def _typed(columns: str) -> dict[str, str]:
    return dict(column.split() for column in columns.split(", "))
