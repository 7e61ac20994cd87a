"""The dashboard: what it says is true, it asks as much of the database for many as for few, and it can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from cdp_site import home
from cdp_site.dashboard import attention, figures, trends
from cdp_site.dashboard.attention import Intake
from cdp_site.dashboard.trends import Trend
from connectors.models import Connection, DeadLetter
from profiles import kept
from profiles.models import Profile, Source
from scoring.models import ScoreModel
from segments.models import Clock, Refresh, Segment
from segments.publish import publish
from segments.refresh import refresh
from tests.profiles.given import applied, identify, message
from tests.screens.axe import findings
from tests.screens.conftest import Open
from tracking.models import Overflow, Quarantine, Visit

PAGES = {
    "dashboard": "/admin/",
    "web analytics": "/admin/web/",
    "seven days": "/admin/web/?days=7",
    "bots": "/admin/web/?days=90&bots=1",
    "no visits": "/admin/web/?since=2001-01-01&until=2001-01-02",
}
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    """Each test computes its own figures."""
    cache.clear()
    yield
    cache.clear()


def somebody(*permissions: str, role: str = "") -> User:
    """Somebody with a role, permissions, or neither: then everything."""
    if not permissions and not role:
        return User.objects.create_superuser(uuid4().hex)
    user = User.objects.create_user(uuid4().hex, is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def seen(user: User) -> dict[str, Any]:
    """What the page says to this person."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return home.overview(request)


def visit(person: int, ago: timedelta, **facts: Any) -> Visit:
    at = timezone.now() - ago
    said: dict[str, Any] = {"channel": "Direct", "origin": "(direct)"} | facts
    return Visit.objects.create(
        profile_id=person, started_at=at, ended_at=at, event_id=uuid4(), source_id=1, **said
    )  # fmt: skip


def everybody_does(people: int, segments: int, prefix: str) -> None:
    """People with addresses, events today and yesterday, visits, segments, and trouble of every kind."""
    now = timezone.now()
    for number in range(people):
        name = f"{prefix}{number}"
        applied(
            identify(f"user_id:{name}", f"email:{name}@example.org", traits={"country": "FR"}, at=now - DAY),
            message(f"user_id:{name}", at=now - MINUTE),
            message(f"user_id:{name}", at=now - DAY),
        )
        visit(number, timedelta(hours=number % 50), channel=f"Channel {number % 9}")
        Quarantine.objects.create(
            source=Source.objects.earliest("pk"), reason="bad_json", payload=b"{", received_at=now
        )
    for number in range(segments):
        rule = {"all": [{"did": {"event": "Page Viewed", "within": f"{number + 1} days"}}]}
        publish(Segment(slug=f"{prefix}-{number}", name=f"{prefix} {number}"), rule, None)
    refresh()
    for number in range(segments):
        source = Source.objects.create(name=f"{prefix} {number}", kind=Source.Kind.CONNECTION)
        made = Connection.objects.create(
            slug=f"{prefix}{number}", name=f"{prefix} {number}", adapter="x", source=source, state="failed"
        )
        DeadLetter.objects.create(connection=made, object="contact", direction="push", payload={}, words="no")
        ScoreModel.objects.create(slug=f"{prefix}-{number}", name=f"{prefix} {number}", method="points", error="no")
    Segment.objects.filter(slug=f"{prefix}-0").update(state=Segment.State.BROKEN, error="a trait is gone")


@pytest.mark.django_db
def test_the_page_asks_as_much_of_the_database_for_many_as_for_few() -> None:
    client, asked = signed_in(somebody()), []
    for people, segments, prefix in ((2, 4, "a"), (30, 12, "b")):
        everybody_does(people, segments, prefix)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] < 50


@pytest.mark.django_db
def test_people_are_counted_and_those_of_this_week_are_new() -> None:
    now = timezone.now()
    applied(message("user_id:K-old", at=now - 30 * DAY), message("user_id:K-new", at=now - DAY))
    Profile.objects.update(created_at=now)
    found = figures.people()
    assert (found.total, found.estimated, found.new, found.many_new) == (2, False, 1, False)


@pytest.mark.django_db
def test_events_are_those_of_today_and_of_yesterday_at_this_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 6, 10, 10, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    for ago in (1, 11, 13, 23, 25, 30, 37):  # midnight in Paris was 12 hours ago
        applied(message("user_id:K-anna", at=noon - timedelta(hours=ago)))
    found = figures.events()
    assert (found.today, found.yesterday) == (2, 2)


@pytest.mark.django_db
def test_who_is_reachable_is_counted_once_whatever_the_number_of_addresses() -> None:
    applied(
        identify("user_id:K-anna", "email:anna@example.org", "email:a@example.org", "phone:+33612345678"),
        identify("user_id:K-bob", "email:bob@example.org"),
        identify("anonymous_id:somebody"),
    )
    found = figures.reachable(3)
    assert (found.email, found.phone, found.people, found.estimated) == (2, 1, 3, False)
    assert round(found.email_share) == 67


@pytest.mark.django_db
def test_many_people_are_asked_by_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    applied(*(identify(f"user_id:K-{number}00", f"email:{number}@example.org") for number in range(20)))
    monkeypatch.setattr(figures.directory, "COUNTED", 10)
    found = figures.reachable(1_000_000)
    assert found.estimated
    # A sample of a table of one block holds all of it or nothing.
    assert found.email in {0, 1_000_000}


@pytest.mark.django_db
def test_a_trend_is_the_size_of_now_less_what_moved_since() -> None:
    now = timezone.now()
    segment = publish(
        Segment(slug="active", name="Active"), {"all": [{"did": {"event": "Page Viewed", "within": "7 days"}}]}, None
    )
    for person, ago in (("anna", 15), ("bob", 12), ("carla", 3)):
        applied(message(f"user_id:K-{person}", at=now - ago * DAY))
    for ago in range(20, -1, -1):
        refresh(now - ago * DAY)
    Segment.objects.filter(pk=segment.pk).update(created_at=now - 20 * DAY)
    (found,) = trends.trends()
    sizes = dict(zip(range(20, -1, -1), found.sizes, strict=True))
    assert [sizes[ago] for ago in (16, 14, 11, 9, 6, 4, 2, 0)] == [0, 1, 2, 2, 1, 0, 1, 1]
    assert found.change == 0
    assert "people since" in found.words


@pytest.mark.parametrize(("sizes", "change"), [((1, 2), None), ((9, 1, 1, 1, 1, 1, 1, 1), -8), ((5,), None)])
def test_the_change_of_seven_days_is_unknown_for_what_is_younger(sizes: tuple[int, ...], change: int | None) -> None:
    assert Trend(Segment(), timezone.now().date(), sizes).change == change


@pytest.mark.django_db
def test_a_segment_of_today_has_no_trend_yet() -> None:
    applied(message("user_id:K-anna", at=timezone.now()))
    publish(Segment(slug="a", name="A"), {"all": [{"did": {"event": "Page Viewed"}}]}, None)
    refresh()
    (found,) = trends.trends()
    assert (found.sizes, found.change) == ((1,), None)


def fine() -> Intake:
    return Intake(alive=True, oldest=None, backlog=0)


def needs(user: User, taking_in: Intake | None = None) -> list[tuple[str, str]]:
    """(tone, title) of what needs attention."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return [(item.tone, str(item.title)) for item in attention.attention(request, taking_in or fine())]


@pytest.fixture
def beating(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat runs."""
    monkeypatch.setattr(attention, "is_held", lambda _name: True)


@pytest.mark.django_db
def test_nothing_needs_attention_when_all_is_well(beating: None) -> None:
    Clock.objects.update_or_create(pk=1, defaults={"at": timezone.now()})
    assert needs(somebody()) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("taking_in", "said"),
    [
        (Intake(alive=False, oldest=None, backlog=0), ("bad", "The worker does not run")),
        (Intake(alive=True, oldest=datetime(2026, 1, 1, tzinfo=UTC), backlog=3), ("warn", "The worker is behind")),
    ],
)
def test_a_worker_that_is_late_or_gone_needs_attention(beating: None, taking_in: Intake, said: Any) -> None:
    assert needs(somebody(), taking_in) == [said]


@pytest.mark.django_db
def test_what_is_broken_comes_before_what_is_worth_a_look(beating: None) -> None:
    everybody_does(1, 1, "a")
    Overflow.objects.create(source=Source.objects.earliest("pk"), messages=1_200, last_at=timezone.now())
    Clock.objects.update(at=timezone.now() - DAY)
    found = needs(somebody())
    assert [tone for tone, _title in found] == ["bad"] * 4 + ["warn"] * 3
    assert {title for _tone, title in found} == {
        "1,200 refused messages were not kept",
        "a 0: failed",
        "“a 0” is broken",
        "The score “a 0” is frozen",
        "1 message in quarantine",
        "a 0: 1 record was refused",
        "Segments are not up to date",
    }


@pytest.mark.django_db
def test_people_see_the_trouble_that_they_may_open(beating: None) -> None:
    everybody_does(1, 1, "a")
    assert needs(somebody("view_segment")) == [("bad", "“a 0” is broken")]


@pytest.mark.django_db
def test_a_score_that_was_not_computed_for_long_is_old(beating: None) -> None:
    now = timezone.now()
    for slug, at in (("fresh", now), ("old", now - 2 * DAY), ("never", None)):
        ScoreModel.objects.create(slug=slug, name=slug, method="points", computed_at=at)
    ScoreModel.objects.update(created_at=now - DAY)
    assert {title for _tone, title in needs(somebody("view_scoremodel"))} == {
        "The score “old” is old", "The score “never” is old",
    }  # fmt: skip


@pytest.mark.django_db
def test_the_first_steps_are_done_when_the_data_says_so() -> None:
    user = somebody()
    assert [step.done for step in seen(user)["checklist"].steps] == [False] * 5
    applied(message("user_id:K-anna", at=timezone.now()))
    assert [step.done for step in seen(user)["checklist"].steps] == [True, True, False, False, False]
    visit(1, MINUTE)
    publish(Segment(slug="a", name="A"), {"all": [{"did": {"event": "Page Viewed"}}]}, None)
    Connection.objects.create(slug="crm", name="CRM", adapter="x", source=Source.objects.earliest("pk"))
    assert seen(user)["checklist"].complete


@pytest.mark.django_db
def test_kith_s_own_source_is_no_connected_source() -> None:
    Source.objects.create(name="Kith", kind=Source.Kind.HOUSE)
    assert not seen(somebody())["checklist"].steps[0].done


@pytest.mark.django_db
def test_steps_that_are_done_are_put_away_for_good() -> None:
    client = signed_in(somebody())
    assert b"First steps" in client.get("/admin/").content
    assert client.post("/admin/").headers["Location"] == "/admin/"
    assert b"First steps" not in client.get("/admin/").content


@pytest.mark.django_db
def test_an_empty_kith_shows_what_to_do_and_no_error() -> None:
    page = signed_in(somebody()).get("/admin/").content.decode()
    assert "Add a source" in page
    assert "No segment yet" in page
    assert "No visit yet" in page


@pytest.mark.django_db
def test_marketers_see_no_figure_that_their_role_may_not_open() -> None:
    found = seen(somebody("view_segment"))
    assert {"people", "events", "visits", "syncs"}.isdisjoint(found)
    assert "trends" in found


@pytest.mark.django_db
def test_what_costs_little_is_computed_again_soon_and_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(9))
    first = kept.kept("numbers", lambda: next(numbers))
    assert kept.kept("numbers", lambda: next(numbers)) is not None
    assert (first.value, kept.kept("numbers", lambda: next(numbers)).value) == (0, 0)
    assert timezone.now() - first.at < MINUTE
    clock = iter([0.0, 3.0])
    monkeypatch.setattr(kept.time, "perf_counter", lambda: next(clock))
    lives: list[float] = []
    monkeypatch.setattr(kept.cache, "set", lambda _key, _value, seconds: lives.append(seconds))
    kept.kept("dear", lambda: 1)
    assert lives == [300.0]


@pytest.mark.django_db
@pytest.mark.parametrize("forgotten", [False, True])
def test_a_segment_in_which_nobody_moved_for_weeks_has_a_level_line(forgotten: bool) -> None:
    now = timezone.now()
    applied(message("user_id:K-anna", at=now - 50 * DAY))
    publish(Segment(slug="a", name="A"), {"all": [{"did": {"event": "Page Viewed"}}]}, None)
    refresh(now - 40 * DAY)
    refresh(now)
    if forgotten:
        Refresh.objects.all().delete()
    (found,) = trends.trends()
    assert (set(found.sizes), len(found.sizes), found.change) == ({1}, 29, 0)


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(opened: Open, theme: str, width: int) -> None:
    wrong: dict[str, list[str]] = {}
    with opened(theme, width) as page:
        for name, address in PAGES.items():
            assert page.goto(address).status == 200, name
            page.wait_for_function("window.Alpine")
            wide = page.evaluate("document.documentElement.scrollWidth")
            wrong[name] = [*findings(page), *([f"{wide} px wide"] if wide > width else [])]
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.browser
def test_a_row_becomes_a_segment_by_keyboard(opened: Open) -> None:
    with opened() as page:
        page.goto("/admin/web/?days=90")
        link = page.get_by_role("link", name=re.compile("Make a segment of the people of")).first
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/segments/segment/add/**")
        assert page.locator("[name=name]").input_value().startswith("Channel: ")
        expect(page.locator(".s-hint")).to_have_text(re.compile(r"\d"))


@pytest.mark.browser
def test_each_figure_of_the_dashboard_leads_somewhere(opened: Open) -> None:
    with opened() as page:
        page.goto("/admin/")
        links = page.locator("a.k-stat").evaluate_all("all => all.map((link) => link.href)")
        assert len(links) >= 7
        for link in set(links):
            assert page.goto(link).status == 200
