"""What the reports of visits say, on visits that are written down by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from segments import rules
from tracking import reports
from tracking.models import Visit
from tracking.reports import DIMENSIONS, Period, Totals
from tracking.templatetags.figures import delta, whole_money
from tracking.views import Asked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Each test asks for itself."""
    cache.clear()
    yield
    cache.clear()


# In Paris: Monday, noon. The week before began on 4 May.
NOON = datetime(2026, 5, 18, 10, tzinfo=UTC)
WEEK = Period(date(2026, 5, 12), date(2026, 5, 18), NOON)
_numbers = count(1)


def visit(person: int, ago: timedelta = timedelta(hours=1), *, now: datetime = NOON, **facts: Any) -> Visit:
    """Somebody came, so long ago, directly unless said otherwise."""
    at = now - ago
    said: dict[str, Any] = {"channel": "Direct", "origin": "(direct)", "medium": "(none)", "device": "desktop"} | facts
    return Visit.objects.create(
        profile_id=person, started_at=at, ended_at=at, event_id=UUID(int=next(_numbers)), source_id=1, **said
    )


def days(number: float) -> timedelta:
    return timedelta(days=number)


def test_a_period_is_compared_with_as_many_days_before_up_to_the_same_hour() -> None:
    assert (WEEK.days, WEEK.before.first, WEEK.before.last) == (7, date(2026, 5, 5), date(2026, 5, 11))
    assert WEEK.running
    assert not WEEK.before.before.running or WEEK.before.before.now < WEEK.before.now
    visit(1, days(0))  # this very moment is not over
    visit(1, days(7) - timedelta(hours=1))  # the day before this hour's counterpart: 11 May after noon
    visit(1, days(7) + timedelta(hours=1))
    found = reports.summary(WEEK)
    assert (found.now.visits, found.before.visits) == (0, 1)


def test_the_summary_counts_visits_people_orders_and_revenue() -> None:
    visit(1, converted=True, value=5_000)
    visit(1, days(2))
    visit(2, days(3), converted=True, value=2_500)
    visit(2, days(9), converted=True, value=100)
    visit(3, days(30))
    found = reports.summary(WEEK)
    assert found.now == Totals(visits=3, people=2, conversions=2, revenue=7_500)
    assert found.before == Totals(visits=1, people=1, conversions=1, revenue=100)
    assert found.now.rate == pytest.approx(200 / 3)
    assert Totals().rate is None


def test_bots_are_in_no_figure_of_people_and_have_their_own() -> None:
    visit(1)
    for _ in range(3):
        visit(2, bot=True, channel="Bot")
    people, bots = reports.summary(WEEK), reports.summary(WEEK, bots=True)
    assert bots.share == 75
    assert (people.now.visits, people.apart) == (1, 3)
    assert (bots.now.visits, bots.apart) == (3, 1)
    assert list(reports.over_time(WEEK).visits) == ["Direct"]
    assert [row.values for row in reports.breakdown(DIMENSIONS["channel"], WEEK, bots=True)] == [("Bot",)]


def test_a_visit_belongs_to_the_day_of_the_project_s_time_zone() -> None:
    visit(1, now=datetime(2026, 5, 13, 22, 30, tzinfo=UTC), ago=days(0))  # 00:30 on the 14th in Paris
    series = reports.over_time(WEEK)
    assert series.step == "day"
    assert dict(zip(series.buckets, series.visits["Direct"], strict=True))[date(2026, 5, 14)] == 1


@pytest.mark.parametrize(
    ("first", "step", "buckets"),
    [
        (date(2026, 5, 18), "day", 1),
        (date(2026, 4, 19), "day", 30),
        (date(2026, 2, 18), "week", 14),
        (date(2025, 5, 19), "month", 13),
    ],
)
def test_a_long_time_is_shown_by_weeks_or_months(first: date, step: str, buckets: int) -> None:
    period = Period(first, date(2026, 5, 18), NOON)
    visit(1)
    visit(1, days(period.days) + timedelta(hours=1))
    series = reports.over_time(period)
    assert (series.step, len(series.buckets)) == (step, buckets)
    assert (sum(series.visits["Direct"]), sum(series.before)) == (1, 1)


def test_small_channels_become_one() -> None:
    for number in range(12):
        for _ in range(12 - number):
            visit(1, channel=f"Channel {number:02}")
    series = reports.over_time(WEEK)
    assert list(series.visits) == [*(f"Channel {number:02}" for number in range(7)), reports.OTHERS]
    assert sum(map(sum, series.visits.values())) == sum(range(1, 13))


def test_rows_come_with_the_most_visits_first_and_say_what_was_before() -> None:
    for _ in range(3):
        visit(1, channel="Organic Search", origin="google", medium="organic")
    visit(2, origin="google", medium="cpc", channel="Paid Search", converted=True, value=900)
    visit(2, days(8), origin="google", medium="cpc", channel="Paid Search")
    rows = reports.breakdown(DIMENSIONS["source"], WEEK)
    assert [(row.values, row.totals, row.before, round(row.share)) for row in rows] == [
        (("google", "organic"), Totals(3, 1, 0, 0), 0, 100),
        (("google", "cpc"), Totals(1, 1, 1, 900), 1, 33),
    ]


def test_visits_without_a_campaign_are_no_campaign() -> None:
    visit(1)
    visit(1, campaign="spring")
    assert [row.values for row in reports.breakdown(DIMENSIONS["campaign"], WEEK)] == [("spring",)]


@pytest.mark.parametrize("report", [reports.summary, reports.over_time])
def test_a_report_is_one_statement(report: Any) -> None:
    visit(1)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        report(WEEK)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("within", "window"), [(30, {"within": "30 days"}), (None, {"since": "2026-05-12", "until": "2026-05-18"})]
)
def test_a_row_becomes_a_rule_that_segments_can_read(within: int | None, window: dict[str, str]) -> None:
    made = reports.rule(DIMENSIONS["source"], ("google", "cpc"), WEEK, within)
    assert made
    (condition,) = made["all"]
    assert {key: condition["did"][key] for key in window} == window
    assert {(one["property"], one["value"]) for one in condition["did"]["where"]} == {
        ("source", "google"), ("medium", "cpc"),
    }  # fmt: skip
    assert rules.parse(made)


def test_what_is_not_known_of_a_visit_is_not_said_by_its_event() -> None:
    made = reports.rule(DIMENSIONS["source"], ("google", ""), WEEK, 7)
    assert made
    assert made["all"][0]["did"]["where"][1] == {"property": "medium", "op": "known", "not": True}
    assert rules.parse(made)


def test_nothing_can_be_asked_of_what_is_empty() -> None:
    assert reports.rule(DIMENSIONS["landing"], ("",), WEEK, 30) is None


@pytest.mark.parametrize(
    ("address", "within", "long"),
    [
        ("", 30, 30),
        ("days=7", 7, 7),
        ("days=8", 30, 30),
        ("days=x", 30, 30),
        ("since=2026-01-01&until=2026-01-31", None, 31),
        ("until=2026-01-01&since=2026-01-31", None, 31),
        ("since=2026-01-01", 30, 30),
        ("since=never&until=2026-01-31", 30, 30),
        ("since=2016-01-01&until=2026-01-31", 30, 30),
        ("since=0001-01-01&until=0001-01-02", 30, 30),
        ("since=9999-12-01&until=9999-12-31", None, 1),
    ],
)
def test_an_address_that_makes_no_sense_is_the_last_30_days(address: str, within: int | None, long: int) -> None:
    asked = Asked.read(QueryDict(address))
    assert (asked.within, asked.period.days, asked.bots) == (within, long, False)
    assert Asked.read(QueryDict(asked.params())).period.first == asked.period.first


@pytest.fixture
def marketer() -> Iterator[Client]:
    user = User.objects.create_user("maria", is_staff=True)
    user.groups.add(Group.objects.get(name="Marketers"))
    user.user_permissions.add(Permission.objects.get(codename="view_visit"))
    client = Client()
    client.force_login(user)
    return client


def test_the_page_has_as_many_queries_for_many_visits_as_for_few(marketer: Client) -> None:
    asked = []
    for visits in (3, 40):
        for number in range(visits):
            visit(number, now=datetime.now(UTC), channel=f"Channel {number}", campaign=f"{number}", origin=f"{number}")
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert marketer.get("/admin/web/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] < 20


def test_a_row_leads_to_the_builder_begun_with_its_rule(marketer: Client) -> None:
    visit(1, now=datetime.now(UTC), channel="Organic Search", landing_page="/sale/?a=1&b=“2”")
    page = marketer.get("/admin/web/?days=7")
    channel = next(table for table in page.context["columns"][0] if table.dimension.key == "channel")
    address = channel.lines[0].segment
    form = marketer.get(address).context["form"]
    assert form.initial["rule"] == json.loads(parse_qs(urlsplit(address).query)["rule"][0])
    assert form.initial["name"] == "Channel: Organic Search"


@pytest.mark.parametrize("rule", ["", "{", "[]", '{"all": [{"nonsense": {}}]}', '{"all": "x"}', "null", '"\\u0000"'])
def test_a_builder_begun_with_nonsense_is_empty(marketer: Client, rule: str) -> None:
    page = marketer.get("/admin/segments/segment/add/", {"rule": rule, "name": "A\0B"})
    assert page.status_code == 200
    assert (page.context["form"].initial.get("rule"), page.context["form"].initial["name"]) == (None, "AB")


def test_a_site_without_visits_is_told_how_to_get_some(marketer: Client) -> None:
    page = marketer.get("/admin/web/").content.decode()
    assert "No visit yet" in page
    assert "k-plot" not in page.split("<main")[1]


def test_sales_do_not_see_the_page() -> None:
    user = User.objects.create_user("sam", is_staff=True)
    user.groups.add(Group.objects.get(name="Sales"))
    client = Client()
    client.force_login(user)
    assert client.get("/admin/web/").status_code == 403


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (110, 100, "+10%"),
        (95, 100, "−5.0%"),
        (100, 100, "±0%"),
        (5_000, 100, "50 times"),
        (3, 0, "new"),
        (0, 0, ""),
        (None, 4, ""),
    ],
)
def test_a_change_is_said_shortly(now: float | None, before: float | None, said: str) -> None:
    assert re.sub(r"<[^>]+>", "", str(delta(now, before))).strip() == said


@pytest.mark.parametrize(("minor", "said"), [(9_950, "€99.50"), (15_982_350, "€159,824"), (0, "€0.00"), (None, "—")])
def test_large_amounts_are_said_without_cents(minor: int | None, said: str) -> None:
    assert whole_money(minor) == said
