"""The rules person by person: EXISTS and a counting subquery for each, as Django's ORM (and others) write segments.

Correct, and on the same tables with the same indexes; names of events and bounds of windows are looked up
before, which is kinder to it than its users are.
"""

from __future__ import annotations

import operator
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from django.db import connection
from django.db.models import (
    Aggregate,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from psycopg import sql

from bench.rules import BUYERS, INACTIVE, POINTS
from profiles.models import Event, EventType, Profile
from segments.bitmaps import BitMap64, ask_set
from segments.models import Membership, Segment
from segments.windows import Duration

_PERSON, _EARLIER = OuterRef("pk"), OuterRef("occurred_at")
_DAY, _MOMENT = timedelta(days=1), DateTimeField()


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
            5: self._worth(people, self._did("Order Completed", 90)).filter(worth__gt=200_00),
            6: people.filter(Exists(self._events()), ~Exists(self._events().filter(occurred_at__gt=self._ago(14)))),
            7: people.filter(Exists(self._did("Product Added", 3)), ~Exists(self._did("Order Completed", 3))),
            8: people.filter(Exists(self._sequence())),
            9: self._worth(
                self._counted(
                    people.filter(
                        ~Exists(self._did("Email Unsubscribed", 180)),
                        ~Exists(self._did("Order Refunded", 180)),
                        traits__country__in=["DE", "FR", "IT"],
                        # As text: dates of this form are in the order of the calendar.
                        traits__born__gte="1980-01-01",
                        traits__born__lte="1995-12-31",
                    ),
                    self._did("Order Completed", 90),
                ),
                self._did("Order Completed", 180),
            ).filter(Q(times__gte=2) | Q(worth__gt=300_00)),
            10: people.filter(
                Exists(self._member(BUYERS)),
                ~Exists(self._member(INACTIVE)),
                Exists(self._did("Page Viewed", 14, properties__url__startswith="/sale/")),
            ),
            11: self._worth(people, self._did("Order Completed", 180, properties__category="electronics")).filter(
                worth__gt=100_00
            ),
            12: people.annotate(points=self._points()).filter(points__gt=49),
        }

    def _events(self, person: OuterRef = _PERSON) -> QuerySet[Event]:
        return Event.objects.filter(profile_id=person, occurred_at__lte=self._at)

    def _did(self, name: str, days: int, person: OuterRef = _PERSON, **properties: Any) -> QuerySet[Event]:
        return self._events(person).filter(name_id=self._names[name], occurred_at__gt=self._ago(days), **properties)

    def _often(self, people: QuerySet[Profile], events: QuerySet[Event], times: int) -> QuerySet[Profile]:
        return self._counted(people, events).filter(times__gte=times)

    def _counted(self, people: QuerySet[Profile], events: QuerySet[Event]) -> QuerySet[Profile]:
        return people.annotate(times=_of_one(events, Count("*")))

    def _worth(self, people: QuerySet[Profile], events: QuerySet[Event]) -> QuerySet[Profile]:
        return people.annotate(worth=_of_one(events, Sum("value")))

    def _sequence(self) -> QuerySet[Event]:
        """Orders after an addition after a view, which was at most a day before the order."""
        same, began = OuterRef("profile_id"), ExpressionWrapper(OuterRef(OuterRef("occurred_at")) - _DAY, _MOMENT)
        viewed = self._did("Product Viewed", 30, same).filter(occurred_at__lt=_EARLIER, occurred_at__gte=began)
        added = self._did("Product Added", 30, same).filter(Exists(viewed), occurred_at__lt=_EARLIER)
        return self._did("Order Completed", 30).filter(Exists(added))

    def _points(self) -> Combinable:
        counts = (Coalesce(_of_one(self._did(event, 30), Count("*")), 0) * each for event, each in POINTS.items())
        return reduce(operator.add, counts)

    def _member(self, slug: str) -> QuerySet[Membership]:
        segment = self._segments[slug]
        return Membership.objects.filter(profile_id=OuterRef("pk"), segment_id=segment, left_at__isnull=True)

    def _ago(self, days: int) -> datetime:
        # By the calendar of the project's time zone, as our own windows.
        return Duration(days, "days").before(self._at)


def _of_one(events: QuerySet[Event], measured: Aggregate) -> Subquery:
    """A measure of the events of one person."""
    return Subquery(events.order_by().values("profile_id").annotate(measured=measured).values("measured"))
