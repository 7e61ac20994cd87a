"""Events of any time find their table: a month each lately and ahead, a year each before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection, transaction

from profiles import partitions
from profiles.models import Event
from profiles.tasks import partitions as partitions_task
from tests.profiles.given import applied, message

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_there() -> Iterator[None]:
    """Without partitions, in a November that stays: inside the test's transaction."""
    with time_machine.travel(NOW, tick=False):
        with connection.cursor() as cursor:
            for span in partitions.existing(cursor):
                cursor.execute(f"DROP TABLE {span}")
        yield


def names() -> list[str]:
    with connection.cursor() as cursor:
        return [str(span).removeprefix("profiles_event_") for span in partitions.existing(cursor)]


# (when it happened, the table it goes to)
CASES = [
    (datetime(1971, 6, 5, tzinfo=UTC), "197101_197201"),
    (datetime(1970, 1, 1, tzinfo=UTC), "197001_197101"),
    (datetime(2019, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "201901_202001"),
    (datetime(2020, 1, 1, tzinfo=UTC), "202001_202101"),
    (datetime(2024, 5, 1, tzinfo=UTC), "202401_202412"),
    (datetime(2024, 12, 1, tzinfo=UTC), "202412_202501"),
    (datetime(2026, 11, 23, 11, tzinfo=UTC), "202611_202612"),
]


@pytest.mark.parametrize(("at", "table"), CASES)
def test_an_event_of_any_time_finds_its_table(at: datetime, table: str) -> None:
    applied(message("user_id:u17", at=at))
    assert names() == [table]
    assert Event.objects.get().occurred_at == at


def test_history_and_the_present_in_one_batch() -> None:
    applied(*(message("user_id:u17", at=at) for at, _table in CASES))
    applied(*(message("user_id:u17", at=at) for at, _table in CASES))
    assert names() == sorted(table for _at, table in CASES)
    assert Event.objects.count() == 2 * len(CASES)


def test_months_that_were_made_when_they_were_recent_stay_and_the_year_fills_the_gaps() -> None:
    with time_machine.travel(datetime(2022, 3, 10, tzinfo=UTC)):
        applied(message("user_id:u17", at=datetime(2022, 3, 1, tzinfo=UTC)))
    with transaction.atomic():
        partitions.ensure([partitions.month_at(2022, 1), partitions.month_at(2022, 12)])
    assert names() == ["202201_202203", "202203_202204", "202204_202301"]


def test_the_task_makes_the_coming_months_and_is_harmless_twice() -> None:
    partitions_task()
    partitions_task()
    assert names() == ["202611_202612", "202612_202701", "202701_202702", "202702_202703"]


def options(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [f"profiles_event_{table}"])
        return cursor.fetchone()[0] or []


def test_only_the_live_partitions_are_vacuumed_eagerly() -> None:
    applied(message("user_id:u17", at=datetime(2019, 1, 1, tzinfo=UTC)))
    partitions.ahead()
    assert "autovacuum_vacuum_insert_scale_factor=0" in options("202611_202612")
    assert not options("201901_202001")
    with time_machine.travel(datetime(2026, 12, 2, tzinfo=UTC)):
        partitions.ahead()
    assert not options("202611_202612")
    assert options("202612_202701")


def test_a_partition_has_the_two_indexes_of_the_table_and_no_more() -> None:
    applied(message("user_id:u17", at=NOW))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'profiles_event_202611_202612'")
        assert cursor.fetchone() == (2,)
        cursor.execute(
            "SELECT count(*) FROM pg_inherits"
            " WHERE inhparent IN ('event_name_time'::regclass, 'profiles_event_pkey'::regclass)"
        )
        assert cursor.fetchone() == (2,)
