"""The rules person by person: EXISTS and a counting subquery for each, as Django's ORM (and others) write segments.

Correct, and on the same tables with the same indexes; names of events and bounds of windows are looked up
before, which is kinder to it than its users are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from psycopg import sql

from bench.rules import BUYERS, INACTIVE
from profiles.models import Event, EventType, Profile
from segments.bitmaps import BitMap64, ask_set
from segments.models import Membership, Segment
from segments.windows import Duration


class Orm:
    """Answers each rule as of `at`."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._names = dict(EventType.objects.values_list("name", "id"))
        self._segments = dict(Segment.objects.values_list("slug", "id"))
        self._queries = self._write()

    def ask(self, number: int) -> BitMap64:
        """The people of a rule, fetched the way our own answers are: the form of the query is what differs."""
        query, parameters = self._queries[number].values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            bound = cursor.mogrify(query, parameters)
        return ask_set(sql.SQL("SELECT * FROM ({}) AS rival (profile_id)").format(sql.SQL(bound)))

    def _write(self) -> dict[int, QuerySet[Profile]]:
        people = Profile.objects.present()
        return {
            1: people.filter(traits__country="DE", traits__stage="customer", traits__email_consent=True),
            2: people.filter(Exists(self._did("Order Completed", 30))),
            3: self._often(people, self._did("Page Viewed", 7), 5),
            4: self._often(people, self._did("Product Viewed", 30, properties__category="shoes"), 3),
            6: people.filter(Exists(self._events()), ~Exists(self._events().filter(occurred_at__gt=self._ago(14)))),
            7: people.filter(Exists(self._did("Product Added", 3)), ~Exists(self._did("Order Completed", 3))),
            10: people.filter(
                Exists(self._member(BUYERS)),
                ~Exists(self._member(INACTIVE)),
                Exists(self._did("Page Viewed", 14, properties__url__startswith="/sale/")),
            ),
        }

    def _events(self) -> QuerySet[Event]:
        return Event.objects.filter(profile_id=OuterRef("pk"), occurred_at__lte=self._at)

    def _did(self, name: str, days: int, **properties: Any) -> QuerySet[Event]:
        return self._events().filter(name_id=self._names[name], occurred_at__gt=self._ago(days), **properties)

    def _often(self, people: QuerySet[Profile], events: QuerySet[Event], times: int) -> QuerySet[Profile]:
        counted = events.order_by().values("profile_id").annotate(times=Count("*")).values("times")
        return people.annotate(times=Subquery(counted)).filter(times__gte=times)

    def _member(self, slug: str) -> QuerySet[Membership]:
        segment = self._segments[slug]
        return Membership.objects.filter(profile_id=OuterRef("pk"), segment_id=segment, left_at__isnull=True)

    def _ago(self, days: int) -> datetime:
        # By the calendar of the project's time zone, as our own windows.
        return Duration(days, "days").before(self._at)
