"""Where visits begin and end, what they say, what becomes of late events and merges, and how rules ask them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from psycopg import sql

from profiles.attributes import catalogue
from profiles.models import Change, Event, Identifier
from segments.models import Membership, Segment
from segments.publish import publish
from segments.refresh import refresh
from tests.tracking.visiting import (
    GOOGLEBOT,
    IPHONE,
    MORNING,
    everything,
    expected,
    found,
    happens,
    known,
    seen,
    source,
    visits,
)
from tracking.models import Visit

pytestmark = pytest.mark.django_db

NEWS = "utm_source=news&utm_medium=email&utm_campaign=june"
# What somebody did: (minute, path, query, referrer); and the minutes at which a visit began, each with why.
CUTS: dict[str, tuple[list[tuple[Any, ...]], list[tuple[Any, str]]]] = {
    "half an hour is not over after half an hour": ([(0, "/"), (30, "/a")], [(0, "first")]),
    "half an hour without activity": ([(0, "/"), (30.1, "/a")], [(0, "first"), (30.1, "inactivity")]),
    "activity keeps a visit going": ([(0, "/"), (25, "/a"), (50, "/b"), (75, "/c")], [(0, "first")]),
    "a campaign": ([(0, "/"), (5, "/", NEWS)], [(0, "first"), (5, "campaign")]),
    "the same campaign again": ([(0, "/", NEWS), (5, "/", NEWS), (9, "/a")], [(0, "first")]),
    "another campaign": ([(0, "/", NEWS), (5, "/", "utm_source=b")], [(0, "first"), (5, "campaign")]),
    "a click id": ([(0, "/"), (5, "/", "gclid=1")], [(0, "first"), (5, "campaign")]),
    "another click on the same ad": ([(0, "/", "gclid=1"), (5, "/", "gclid=2")], [(0, "first"), (5, "campaign")]),
    "a referrer starts none": ([(0, "/"), (5, "/", "", "https://www.google.com/")], [(0, "first")]),
}


@pytest.mark.parametrize(("did", "begun"), CUTS.values(), ids=CUTS)
@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "one by one"])
def test_a_visit_ends(did: list[tuple[Any, ...]], begun: list[tuple[Any, str]], at_once: bool) -> None:
    messages = [
        seen(path, minute, query=(rest or [""])[0], referrer=(rest or ["", ""])[-1] if len(rest) > 1 else "")
        for minute, path, *rest in did
    ]
    for batch in [messages] if at_once else [[message] for message in messages]:
        happens(*batch)
    assert [(visit.started_at, visit.why) for visit in visits()] == [
        (MORNING + timedelta(minutes=minute), why) for minute, why in begun
    ]


# Ten minutes before midnight and ten after, in Paris: in winter, in summer, and in the nights of the changes.
MIDNIGHTS = {
    "winter": datetime(2026, 1, 14, 23, tzinfo=UTC),
    "summer": datetime(2026, 7, 14, 22, tzinfo=UTC),
    "before the clocks go forward": datetime(2026, 3, 28, 23, tzinfo=UTC),
    "after they went": datetime(2026, 3, 29, 22, tzinfo=UTC),
    "before they go back": datetime(2026, 10, 24, 22, tzinfo=UTC),
    "after they went back": datetime(2026, 10, 25, 23, tzinfo=UTC),
}


@pytest.mark.parametrize("midnight", MIDNIGHTS.values(), ids=MIDNIGHTS)
def test_a_visit_ends_at_midnight(midnight: datetime) -> None:
    for minutes in (-10, -1, 1, 10):
        happens(seen("/", midnight + timedelta(minutes=minutes)))
    assert [(visit.started_at - midnight, visit.why, visit.events) for visit in visits()] == [
        (timedelta(minutes=-10), "first", 2),
        (timedelta(minutes=1), "midnight", 2),
    ]


def test_a_visit_says_where_it_came_from_and_what_was_done() -> None:
    happens(
        seen("/tents/", 0, query=f"{NEWS}&utm_term=tent&utm_content=a&gclid=7", agent=IPHONE, referrer="https://x.com/",
             consent={"marketing": True}),
        seen("/tents/summit", 4, agent=IPHONE, referrer="https://shop.example/tents/"),
        seen("", 5, event="Product Viewed", agent=IPHONE),
        seen("", 6, event="Order Completed", agent=IPHONE, properties={"revenue": 99.5, "currency": "EUR"}),
    )  # fmt: skip
    (visit,) = visits()
    assert {
        "landing_page": "/tents/", "exit_page": "/tents/summit", "pages": 2, "events": 4, "referrer": "x.com",
        "origin": "news", "medium": "email", "campaign": "june", "term": "tent", "content": "a", "click_id": "gclid",
        "channel": "Email", "device": "mobile", "browser": "Safari", "os": "iOS", "bot": False, "value": 9950,
        "converted": True, "number": 1, "why": "first", "consent": {"marketing": True},
    }.items() <= vars(visit).items()  # fmt: skip
    assert visit.ended_at - visit.started_at == timedelta(minutes=6)


# (query, referrer) of the first page -> (source, medium, channel).
ORIGINS = {
    ("", ""): ("(direct)", "(none)", "Direct"),
    ("", "https://www.google.fr/"): ("google.fr", "organic", "Organic Search"),
    ("", "https://mail.google.com/"): ("mail.google.com", "referral", "Referral"),
    ("", "https://l.instagram.com/"): ("l.instagram.com", "referral", "Organic Social"),
    ("", "https://chatgpt.com/"): ("chatgpt.com", "referral", "AI Assistants"),
    ("utm_source=chatgpt.com", ""): ("chatgpt.com", "", "AI Assistants"),
    ("", "https://gemini.google.com/app"): ("gemini.google.com", "referral", "AI Assistants"),
    ("", "https://blog.example/post?utm_source=no"): ("blog.example", "referral", "Referral"),
    ("", "https://www.shop.example/cart"): ("(direct)", "(none)", "Direct"),
    ("", "https://help.shop.example/"): ("(direct)", "(none)", "Direct"),
    ("gclid=1", "https://www.google.com/"): ("google", "cpc", "Paid Search"),
    ("msclkid=1", ""): ("bing", "cpc", "Paid Search"),
    ("ttclid=1", ""): ("tiktok", "paid social", "Paid Social"),
    ("fbclid=1", "https://l.facebook.com/"): ("facebook", "social", "Organic Social"),
    ("utm_source=facebook&utm_medium=paid_social&fbclid=1", ""): ("facebook", "paid_social", "Paid Social"),
    ("utm_campaign=lost", ""): ("(not set)", "", "Unassigned"),
    ("utm_source=awin&utm_medium=affiliate", ""): ("awin", "affiliate", "Affiliates"),
    ("utm_source=%00&utm_medium=%ff", ""): ("(not set)", "�", "Unassigned"),
    ("q=utm", ""): ("(direct)", "(none)", "Direct"),
}


@pytest.mark.parametrize(("sent", "says"), ORIGINS.items(), ids=[" ".join(key) or "nothing" for key in ORIGINS])
def test_what_brought_a_visit(sent: tuple[str, str], says: tuple[str, str, str]) -> None:
    happens(seen("/", query=sent[0], referrer=sent[1]))
    (visit,) = visits()
    assert (visit.origin, visit.medium, visit.channel) == says


@pytest.mark.parametrize(
    "context",
    [
        {"userAgent": 5},
        {"consent": "\x00"},
        {"consent": {"a": "x" * 5_000}},
        {"campaign": [1, 2]},
        {"campaign": {"name": 7, "source": {"a": 1}}},
        {"page": {"url": 7, "referrer": ["x"]}},
        {"page": {"url": "https://[half", "referrer": "://"}},
        {"userAgent": "a\x00b" * 400},
    ],
    ids=str,
)
def test_strange_circumstances_are_no_reason_to_refuse(context: dict[str, Any]) -> None:
    happens(seen("/", **context))
    assert len(visits()) == 1


def test_servers_make_no_visits_but_their_orders_count_for_the_visit_they_happened_in() -> None:
    backend = source("Backend", "server")
    bought = {"event": "Order Completed", "by": backend, "properties": {"total": 50}}
    happens(seen(at=-100, **bought))
    assert not Visit.objects.exists()
    happens(seen("/", 0), seen(at=10, **bought), seen("/b", 12))
    happens(seen(at=41, **bought), seen(at=43, **bought))
    assert [(visit.value, visit.converted, visit.events) for visit in visits()] == [(10_000, True, 2)]
    # Somebody goes on, later than it was known: the third order was within the visit as well.
    happens(seen("/c", 42))
    assert [(visit.value, visit.events) for visit in visits()] == [(15_000, 3)]


def test_a_late_event_joins_two_visits_and_a_later_one_splits_none() -> None:
    happens(seen("/a", 0), seen("/b", 50))
    first, second = visits()
    assert _told() == [first.event_id, second.event_id]
    happens(seen("/late", 25))
    (joined,) = visits()
    assert (joined.event_id, joined.pages, joined.exit_page) == (first.event_id, 3, "/b")
    assert _told() == [first.event_id]
    happens(seen("/c", 55), seen("/before", -5))
    (longer,) = visits()
    assert (longer.pages, longer.landing_page, longer.started_at) == (5, "/before", MORNING - timedelta(minutes=5))
    assert _told() == [longer.event_id]


def test_a_late_campaign_splits_a_visit() -> None:
    happens(seen("/a", 0), seen("/b", 20))
    happens(seen("/c", 10, query=NEWS))
    assert [(visit.why, visit.channel, visit.pages) for visit in visits()] == [
        ("first", "Direct", 1),
        ("campaign", "Email", 2),
    ]


def test_an_earlier_visit_changes_the_numbers_of_later_ones_and_nothing_else() -> None:
    happens(seen("/a", 3_000), seen("/b", 6_000))
    before = [visit.event_id for visit in visits()]
    happens(seen("/z", 0))
    after = visits()
    assert [visit.event_id for visit in after[1:]] == before
    assert [(visit.number, visit.why) for visit in after] == [(1, "first"), (2, "inactivity"), (3, "inactivity")]
    told = Event.objects.filter(name__name="Visit Started").order_by("occurred_at")
    assert [event.properties["visit_number"] for event in told] == [1, 2, 3]


def test_who_turns_out_to_be_one_has_one_history() -> None:
    happens(known("laptop", "anna@shop.example"), known("phone", "ann@shop.example"))
    happens(seen("/a", 0, who="laptop"), seen("/b", 20, who="phone", agent=IPHONE), seen("/c", 500, who="phone"))
    assert [visit.number for visit in visits("phone")] == [1, 2]
    kept = {visit.event_id for who in ("laptop", "phone") for visit in visits(who)}
    happens(seen("/d", 501, who="phone", by=source("Backend", "server"), traits={"email": "anna@shop.example"}))
    assert Identifier.objects.filter(type="anonymous_id").values("profile_id").distinct().count() == 1
    merged = visits("laptop")
    assert [(visit.number, visit.events, visit.why) for visit in merged] == [(1, 2, "first"), (2, 1, "inactivity")]
    assert {visit.event_id for visit in merged} < kept
    assert found() == expected()
    assert _told() == [visit.event_id for visit in merged]


def test_bots_are_flagged_and_kept_apart() -> None:
    happens(seen("/a", 0), seen("/b", 1, agent=GOOGLEBOT), seen("/c", 2), seen("/d", 3, agent=GOOGLEBOT))
    assert [(visit.pages, visit.number) for visit in visits()] == [(2, 1)]
    assert [(visit.pages, visit.number, visit.browser) for visit in visits(bot=True)] == [(2, 0, "Googlebot")]
    assert _told() == [visits()[0].event_id]
    assert Event.objects.filter(name__name="Page Viewed").count() == 4


def test_who_is_told_twice_changes_nothing() -> None:
    messages = [seen("/a", 0), seen("/b", 10, query=NEWS), seen("/c", 100)]
    happens(*messages)
    before = everything()
    Change.objects.all().delete()
    happens(*messages)
    assert everything() == before
    assert not Change.objects.exists()


def test_a_visit_that_goes_on_writes_no_event_and_moves_no_attribute() -> None:
    happens(seen("/a", 0))
    Change.objects.all().delete()
    happens(seen("/b", 1))
    assert set(Change.objects.values_list("topic", flat=True)) == {"event:Page Viewed"}
    happens(seen("/c", 100))
    assert "visits" in set(Change.objects.values_list("topic", flat=True))


RULES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a visit by e-mail": ({"did": {"event": "Visit Started", "where": {
        "property": "channel", "op": "is", "value": "Email"}}}, {"mail"}),
    "a third visit": ({"did": {"event": "Visit Started", "where": {
        "property": "visit_number", "op": "over", "value": 2}}}, {"often"}),
    "landing page": ({"did": {"event": "Visit Started", "where": {
        "property": "landing_page", "op": "starts_with", "value": "/sale/"}}}, {"mail"}),
    "how many": ({"where": {"attribute": "visits.count", "op": "over", "value": 1}}, {"mail", "often"}),
    "none": ({"where": {"attribute": "visits.count", "op": "is", "value": 0}}, {"robot"}),
    "first touch": ({"where": {"attribute": "visits.first_channel", "op": "is", "value": "Email"}}, {"mail"}),
    "last touch": ({"where": {"attribute": "visits.last_channel", "op": "is", "value": "Direct"}}, {"mail", "often"}),
    "last non-direct": ({"where": {
        "attribute": "visits.last_non_direct_source", "op": "is", "value": "news"}}, {"mail"}),
    "campaign": ({"where": {"attribute": "visits.last_non_direct_campaign", "op": "known"}}, {"mail"}),
}  # fmt: skip


def test_visits_can_be_asked_by_rules_whether_of_everybody_or_of_who_changed() -> None:
    def come() -> None:
        happens(
            seen("/sale/a", 0, who="mail", query=NEWS), seen("/", 90, who="mail"),
            *(seen("/", at, who="often") for at in (0, 90, 180)),
            seen("/", 0, who="robot", agent=GOOGLEBOT),
        )  # fmt: skip

    now = MORNING + timedelta(days=1)
    happens(seen("/", -9_000, who="other"))
    for key, (rule, _who) in RULES.items():
        publish(Segment(slug=f"early-{key.replace(' ', '-')}", name=key), rule, None)
    refresh(now)
    come()
    refresh(now + timedelta(seconds=1))
    for key, (rule, _who) in RULES.items():
        publish(Segment(slug=f"late-{key.replace(' ', '-')}", name=key), rule, None)
    refresh(now + timedelta(seconds=2))
    for key, (_rule, members) in RULES.items():
        for when in ("early", "late"):
            assert _members(f"{when}-{key.replace(' ', '-')}") == members, (key, when)


def test_attributes_can_be_asked_as_of_a_time() -> None:
    happens(seen("/", 0, query=NEWS), seen("/", 90))
    person = visits()[0].profile_id
    asked = catalogue()
    for at, count, channel in ((MORNING + timedelta(minutes=1), "1", '"Email"'), (None, "2", '"Direct"')):
        assert _value(asked["visits.count"].expression(at), person) == count
        assert _value(asked["visits.last_channel"].expression(at), person) == channel


def _value(expression: Any, person: int) -> str:
    query = sql.SQL("SELECT ({})::text FROM profiles_profile p WHERE p.id = {}").format(expression, sql.Literal(person))
    return str(connection.connection.execute(query).fetchone()[0])


def _told() -> list[Any]:
    events = Event.objects.filter(name__name="Visit Started").order_by("occurred_at", "message_id")
    return list(events.values_list("message_id", flat=True))


def _members(slug: str) -> set[str]:
    inside = Membership.objects.open().filter(segment__slug=slug).values_list("profile_id", flat=True)
    names = Identifier.objects.filter(profile_id__in=list(inside), type="anonymous_id").values_list("value", flat=True)
    return set(names) - {"other"}
