"""The partitions of the events' table: one a month for the last two years and ahead, one a year before.

Every partition costs whoever asks about "ever", so that history gets few. They are made before
the first event that needs them: ahead of time by a task and at start, and at once for history and late events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from profiles import locks

# A month, as a number that counts on: year * 12 + month - 1. Partitions begin and end with months in UTC.
Month = int

AHEAD = 3
_MONTHLY = 24
_NAME = re.compile(r"profiles_event_(\d{4})(\d\d)_(\d{4})(\d\d)")
# Events arrive in order and in bulk: the partition they go to is vacuumed (for index-only scans) and
# analysed after 20,000 rows, where the defaults wait for a tenth or a fifth of the whole table.
_LIVELY = {
    "autovacuum_vacuum_insert_scale_factor": "0",
    "autovacuum_vacuum_insert_threshold": "20000",
    "autovacuum_vacuum_scale_factor": "0.01",
    "autovacuum_analyze_scale_factor": "0",
    "autovacuum_analyze_threshold": "20000",
}


@dataclass(frozen=True, order=True)
class Span:
    """The months from `start` on, before `end`; also the name of the partition that holds them."""

    start: Month
    end: Month

    def __str__(self) -> str:
        return f"profiles_event_{_digits(self.start)}_{_digits(self.end)}"

    @classmethod
    def read(cls, name: str) -> Span | None:
        """From a partition's name, or None when it is not one of ours."""
        match = _NAME.fullmatch(name)
        if not match:
            return None
        year, month, end_year, end_month = (int(part) for part in match.groups())
        return cls(month_at(year, month), month_at(end_year, end_month))

    def cut(self, others: Iterable[Span], month: Month) -> Span:
        """What of it is free around `month`, which no other span holds."""
        start, end = self.start, self.end
        for other in others:
            if other.end <= month:
                start = max(start, other.end)
            else:
                end = min(end, other.start)
        return Span(start, end)


def month_of(time: datetime) -> Month:
    """The month of a time in UTC."""
    return month_at(time.year, time.month)


def ensure(months: Iterable[Month]) -> None:
    """Make what is missing for events of these months. Inside a transaction; costs one query when nothing is."""
    months = set(months)
    with connection.cursor() as cursor:
        if missing := _uncovered(months, existing(cursor)):
            _make(cursor, missing)


def ahead() -> None:
    """Make the partitions of this month and the next ones, and let only these be vacuumed eagerly."""
    current = month_of(timezone.now().astimezone(UTC))
    ensure(range(current, current + AHEAD + 1))
    with transaction.atomic(), connection.cursor() as cursor:
        _lock(cursor)
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = 'profiles_event'::regclass AND c.reloptions IS NOT NULL"
        )
        for (name,) in cursor.fetchall():
            span = Span.read(name)
            if span and span.end <= current:
                cursor.execute(f"ALTER TABLE {span} RESET ({', '.join(_LIVELY)})")


def existing(cursor: CursorWrapper) -> list[Span]:
    """The partitions there are, oldest first."""
    cursor.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'profiles_event'::regclass"
    )
    return sorted(span for (name,) in cursor.fetchall() if (span := Span.read(name)))


def _make(cursor: CursorWrapper, missing: set[Month]) -> None:
    with transaction.atomic(savepoint=False):
        _lock(cursor)
        # Whoever held the lock before may have made them.
        spans = existing(cursor)
        current = month_of(timezone.now().astimezone(UTC))
        for month in sorted(missing):
            if _uncovered({month}, spans):
                span = _around(month, current).cut(spans, month)
                _create(cursor, span, lively=span.end > current)
                spans.append(span)


def _around(month: Month, current: Month) -> Span:
    """The month itself, or for what is long past its year, as far as that is past too."""
    if month > current - _MONTHLY:
        return Span(month, month + 1)
    start = month - month % 12
    return Span(start, min(start + 12, current - _MONTHLY + 1))


def _create(cursor: CursorWrapper, span: Span, *, lively: bool) -> None:
    # Made alone and then attached: PARTITION OF would lock the whole table against its readers.
    options = ", ".join(f"{name} = {value}" for name, value in _LIVELY.items())
    cursor.execute(
        f"CREATE TABLE {span} (LIKE profiles_event INCLUDING ALL)" + (f" WITH ({options})" if lively else "")
    )
    cursor.execute(
        f"ALTER TABLE profiles_event ATTACH PARTITION {span}"
        f" FOR VALUES FROM ('{_first_day(span.start)}') TO ('{_first_day(span.end)}')"
    )


def _lock(cursor: CursorWrapper) -> None:
    """Until the end of the transaction: two makers would collide."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [locks.key("partitions")])


def _uncovered(months: set[Month], spans: Iterable[Span]) -> set[Month]:
    held = {month for span in spans for month in range(span.start, span.end)}
    return months - held


def month_at(year: int, month: int) -> Month:
    return year * 12 + month - 1


def _digits(month: Month) -> str:
    return f"{month // 12:04}{month % 12 + 1:02}"


def _first_day(month: Month) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}-01 00:00:00+00"
