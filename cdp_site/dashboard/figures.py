"""How many: people, events, whom one can reach, visits. Nothing here looks at everything, however large the base.

Up to directory.COUNTED people figures are exact; above that they come from a sample and are shown with "~".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from profiles import directory
from profiles.derived import RESERVED
from segments.windows import midnight, today
from tracking import reports

# Visits and revenue are those of so many days, today included.
DAYS = 30
# The newest people among whom new ones are counted.
_NEWEST = 50_000
# So many people are asked for their addresses where there are too many to ask everybody.
_SAMPLE = 20_000


@dataclass(frozen=True)
class People:
    """How many there are (and whether that is an estimate), and who was first seen in the last seven days.

    `many_new`: at least so many, for more were not looked at.
    """

    total: int
    estimated: bool
    new: int
    many_new: bool


@dataclass(frozen=True)
class Events:
    """Today's since midnight, and those of yesterday up to the same hour; without what Kith itself concluded."""

    today: int
    yesterday: int


@dataclass(frozen=True)
class Reachable:
    """For how many people Kith knows an e-mail address and a telephone number. Consent is another question."""

    email: int
    phone: int
    people: int
    estimated: bool

    @property
    def email_share(self) -> float:
        return 100 * self.email / self.people if self.people else 0.0

    @property
    def phone_share(self) -> float:
        return 100 * self.phone / self.people if self.people else 0.0


def people() -> People:
    """Everybody who was not merged into somebody else; three queries."""
    total = directory.estimate()
    found = _row(_NEW, [_NEWEST, timezone.now() - timedelta(days=7)])
    return People(total, total > directory.COUNTED, found[0], found[0] >= _NEWEST)


def events() -> Events:
    """By the index of names and times: the cost is that of two days, not of the history. One query."""
    now = timezone.now()
    start = midnight(today(now))
    before = midnight(today(now) - timedelta(days=1))
    # The same hour by the clock, also on the days that have 23 or 25.
    same = before + (now - start)
    counted = _row(_EVENTS, [start, now, before, same, sorted(RESERVED)])
    return Events(*counted)


def reachable(total: int) -> Reachable:
    """Out of `total` people: exact, or by a sample of blocks where there are many. One query."""
    estimated = total > directory.COUNTED
    percent = min(100.0, 100 * _SAMPLE / total) if estimated else 100.0
    asked, email, phone = _row(_REACHABLE, [percent])
    if not estimated or not asked:
        return Reachable(email, phone, asked, estimated)
    return Reachable(round(email / asked * total), round(phone / asked * total), total, estimated)


def visits() -> reports.Summary:
    """Of the last DAYS days, and of as many before. One query."""
    return reports.summary(reports.Period.lately(DAYS))


def _row(statement: str, values: list[int | float | datetime | list[str]]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return tuple(cursor.fetchone() or ())


_NEW = """
    SELECT count(*) FROM (
        SELECT id, created_at FROM profiles_profile WHERE merged_into IS NULL ORDER BY id DESC LIMIT %s
    ) AS newest
    LEFT JOIN profiles_profilestat AS stat ON stat.profile_id = newest.id
    WHERE coalesce(stat.first_seen, newest.created_at) >= %s"""
# One index scan per name of an event: the index begins with the name.
_EVENTS = """
    SELECT coalesce(sum(of_today), 0)::bigint, coalesce(sum(of_yesterday), 0)::bigint
    FROM (SELECT %s::timestamptz AS start, %s::timestamptz AS now, %s::timestamptz AS before, %s::timestamptz AS same
         ) AS day,
         profiles_eventtype AS type,
         LATERAL (SELECT count(*) AS of_today FROM profiles_event
                  WHERE name_id = type.id AND occurred_at >= day.start AND occurred_at <= day.now) AS one,
         LATERAL (SELECT count(*) AS of_yesterday FROM profiles_event
                  WHERE name_id = type.id AND occurred_at >= day.before AND occurred_at <= day.same) AS two
    WHERE type.name <> ALL(%s)"""
_REACHABLE = """
    WITH asked AS MATERIALIZED (
        SELECT id FROM profiles_profile TABLESAMPLE SYSTEM (%s) WHERE merged_into IS NULL
    )
    SELECT count(DISTINCT asked.id),
           count(DISTINCT asked.id) FILTER (WHERE identifier.type_id = 'email'),
           count(DISTINCT asked.id) FILTER (WHERE identifier.type_id = 'phone')
    FROM asked
    LEFT JOIN profiles_identifier AS identifier
        ON identifier.profile_id = asked.id AND identifier.type_id IN ('email', 'phone')"""
