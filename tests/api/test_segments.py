"""Segments over the API: written, counted, explained, and followed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from profiles.models import Change, Profile, Source, Trait, TraitValue
from segments.models import Membership, Segment, SegmentVersion
from segments.refresh import refresh
from tests.api import given
from tests.api.given import FRENCH

COUNTRY = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}


@pytest.fixture
def api(db: None) -> APIClient:
    """The administrator's client."""
    return given.client("administrator")


@pytest.fixture
def anna(db: None) -> Profile:
    """Anna, who is French."""
    return given.anna()


@pytest.fixture
def french(anna: Profile) -> Segment:
    """The segment of people in France, in which Anna is."""
    return given.french()


def move(person: Profile, country: str) -> None:
    Profile.objects.filter(pk=person.pk).update(traits={"country": country})
    Change.objects.create(profile_id=person.pk, topic="trait:country")
    refresh()


def said(person: Profile, country: str) -> None:
    """What the past is known by: a source said so, since the person is known."""
    source, _new = Source.objects.get_or_create(name="Shop", defaults={"kind": "server"})
    TraitValue.objects.create(
        profile_id=person.pk,
        trait=Trait.objects.get(key="country"),
        source=source,
        value=country,
        since=given.SEEN,
        seen_at=given.SEEN,
        message_id=uuid4(),
    )


def test_a_segment_is_made_by_its_rule_and_has_its_members_after_the_refresh(api: APIClient, anna: Profile) -> None:
    made = api.post("/api/segments/", {"slug": "fr", "name": "In France", "rule": FRENCH}, format="json")
    assert made.status_code == 201
    assert made.json()["version"] == 1
    assert made.json()["computed_at"] is None
    refresh()
    assert api.get("/api/segments/fr/").json()["size"] == 1
    assert [row["profile"] for row in api.get("/api/segments/fr/members/").json()["results"]] == [anna.pk]


def test_an_edit_of_the_rule_is_a_version_and_an_edit_of_the_name_is_none(api: APIClient, french: Segment) -> None:
    assert api.patch("/api/segments/french/", {"name": "France", "rule": FRENCH}, format="json").json()["version"] == 1
    other = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}]}
    edited = api.patch("/api/segments/french/", {"rule": other}, format="json").json()
    assert (edited["name"], edited["version"], edited["rule"]) == ("France", 2, other)
    assert SegmentVersion.objects.filter(segment=french).count() == 2
    assert SegmentVersion.objects.get(segment=french, number=2).author is not None


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({}, "#/rule"),
        (None, "#/rule"),
        ("all", "#/rule"),
        ([], "#/rule"),
        ({"all": []}, "#/rule"),
        ({"all": [COUNTRY, {"where": {"attribute": "traits.country", "op": "resembles"}}]}, "#/rule/all/1"),
        ({"all": [COUNTRY, {"any": [COUNTRY, {"nonsense": {}}]}]}, "#/rule/all/1/any/1"),
        ({"none": [{"where": {"attribute": "traits.shoe_size", "op": "known"}}]}, "#/rule/none/0"),
        ({"all": [{"in": {"segment": "nowhere"}}]}, "#/rule/all/0"),
        ({"all": [{"in": {"segment": "french"}}]}, "#/rule"),
        ({"all": [{"where": {"attribute": "traits.country", "op": "matches", "value": "("}}]}, "#/rule/all/0"),
    ],
)
def test_a_wrong_rule_is_refused_at_its_place_and_changes_nothing(
    api: APIClient, french: Segment, rule: object, pointer: str
) -> None:
    answer = api.patch("/api/segments/french/", {"rule": rule}, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], answer.content
    french.refresh_from_db()
    assert (french.rule, french.version) == (FRENCH, 1)


@pytest.mark.parametrize(
    ("slug", "accepted"), [("vip", True), ("french", False), ("preview", False), ("no spaces", False), ("", False)]
)
def test_a_slug_is_free_and_plain(api: APIClient, french: Segment, slug: str, accepted: bool) -> None:
    answer = api.post("/api/segments/", {"slug": slug, "name": "x", "rule": FRENCH}, format="json")
    assert answer.status_code == (201 if accepted else 400)


def test_a_slug_never_changes(api: APIClient, french: Segment) -> None:
    answer = api.patch("/api/segments/french/", {"slug": "francais"}, format="json")
    assert answer.json()["errors"] == [{"pointer": "#/slug", "detail": "The slug cannot change."}]


def test_segments_are_filtered_by_state(api: APIClient, french: Segment) -> None:
    assert [row["slug"] for row in api.get("/api/segments/?state=live").json()["results"]] == ["french"]
    assert api.get("/api/segments/?state=broken").json()["results"] == []
    assert api.get("/api/segments/?state=asleep").status_code == 400


def test_members_are_paged_by_key_in_a_constant_number_of_queries(
    api: APIClient,
    french: Segment,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    people = [person.pk for person in [*Profile.objects.all(), *(given.person(country="FR") for _ in range(6))]]
    refresh()
    address, pages = "/api/segments/french/members/?limit=3", []
    while address:
        with django_assert_max_num_queries(5):
            answer = api.get(address).json()
        pages.append([row["profile"] for row in answer["results"]])
        address = answer["next"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [profile for page in pages for profile in page] == people


def test_the_feed_of_transitions_is_resumed_where_it_was_left(api: APIClient, french: Segment, anna: Profile) -> None:
    first = api.get("/api/transitions/").json()
    assert [(row["profile"], row["segment"], row["kind"], row["cause"]) for row in first["results"]] == [
        (anna.pk, "french", "entered", "edit")
    ]
    assert first["next"] is None
    assert api.get("/api/transitions/", {"cursor": first["cursor"]}).json() == {
        "results": [],
        "next": None,
        "cursor": first["cursor"],
    }
    bob = given.person(country="FR")
    move(anna, "DE")
    move(anna, "FR")
    for feed in ("/api/transitions/", "/api/segments/french/transitions/"):
        rows = api.get(feed, {"cursor": first["cursor"]}).json()["results"]
        assert [(row["profile"], row["kind"]) for row in rows] == [
            (anna.pk, "left"),
            (bob.pk, "entered"),
            (anna.pk, "entered"),
        ]
        assert all(row["cause"] == "trait" for row in rows)


def test_a_page_of_transitions_ends_anywhere_and_nothing_is_lost_or_told_twice(
    api: APIClient,
    french: Segment,
    anna: Profile,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for slug in ("one", "two"):
        api.post("/api/segments/", {"slug": slug, "name": slug, "rule": FRENCH}, format="json")
    for _ in range(4):
        given.person(country="FR")
    refresh()
    move(anna, "DE")
    whole = api.get("/api/transitions/?limit=1000").json()["results"]
    assert len(whole) == 3 + 3 * 4 + 3
    for limit in (1, 2, 7):
        told: list[Any] = []
        address = f"/api/transitions/?limit={limit}"
        while address:
            with django_assert_max_num_queries(4):
                answer = api.get(address).json()
            told += answer["results"]
            address = answer["next"]
        assert told == whole


def test_a_preview_counts_each_condition_and_saves_nothing(api: APIClient, french: Segment, anna: Profile) -> None:
    klaus = given.person(country="DE")
    refresh()
    rule = {"none": [COUNTRY]}
    seen = api.post("/api/segments/preview/", {"rule": rule, "segment": "french"}, format="json").json()
    assert (seen["total"], seen["everybody"], seen["counts"]) == (1, 2, {"": 1, "0": 1})
    assert (seen["sample"], seen["enters"], seen["leaves"]) == ([klaus.pk], 1, 1)
    assert Segment.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/rule"),
        ({"rule": {"all": [{"did": {}}]}}, "#/rule/all/0"),
        ({"rule": FRENCH, "segment": "nowhere"}, "#/segment"),
    ],
)
def test_a_preview_of_nonsense_says_where_it_is(api: APIClient, french: Segment, body: object, pointer: str) -> None:
    answer = api.post("/api/segments/preview/", body, format="json")
    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_explanation_names_each_condition_with_what_was_seen(api: APIClient, french: Segment, anna: Profile) -> None:
    klaus = given.person(("email", "klaus@example.org"), country="DE")
    why = api.get("/api/segments/french/explain/", {"profile": "email:anna+shop@example.org"}).json()
    assert (why["profile"], why["cause"], why["rule"]["holds"]) == (anna.pk, "edit", True)
    assert [(child["path"], child["holds"], child["saw"]) for child in why["rule"]["children"]] == [("0", True, "FR")]
    why_not = api.get("/api/segments/french/explain/", {"profile": f"id:{klaus.pk}"}).json()
    assert (why_not["since"], why_not["rule"]["holds"]) == (None, False)
    assert (why_not["outlook"]["inside"], why_not["outlook"]["changes"]) == (False, [])
    assert [way["path"] for way in why_not["outlook"]["ways"]] == ["0"]


def test_an_explanation_says_when_somebody_leaves_and_what_would_prevent_it(api: APIClient, anna: Profile) -> None:
    awake = {"none": [{"inactive": {"for": "100 months"}}]}
    api.post("/api/segments/", {"slug": "awake", "name": "Awake", "rule": awake}, format="json")
    refresh()
    outlook = api.get("/api/segments/awake/explain/", {"profile": f"id:{anna.pk}"}).json()["outlook"]
    (change,) = outlook["changes"]
    assert (change["kind"], change["unless"], outlook["inside"]) == ("left", ["any event"], True)
    assert datetime.fromisoformat(change["at"]) == given.SEEN.replace(year=2034, month=9)


@pytest.mark.parametrize(("profile", "status"), [("", 400), ("anna", 400), ("email:nobody@example.org", 404)])
def test_an_explanation_of_nobody_is_refused(api: APIClient, french: Segment, profile: str, status: int) -> None:
    assert api.get("/api/segments/french/explain/", {"profile": profile}).status_code == status


def test_a_broken_segment_is_not_explained(api: APIClient, french: Segment) -> None:
    Segment.objects.filter(pk=french.pk).update(
        rule={"all": [{"where": {"attribute": "traits.gone", "op": "known"}}]}, state="broken"
    )
    answer = api.get("/api/segments/french/explain/", {"profile": "email:anna+shop@example.org"})
    assert answer.status_code == 409
    assert answer.json()["title"] == "Conflict"


def test_the_members_of_a_past_moment_are_told_by_the_rule_of_then_and_by_todays(
    api: APIClient, anna: Profile, french: Segment
) -> None:
    then = Membership.objects.get(segment=french).entered_at
    move(anna, "DE")
    address = "/api/segments/french/members/"
    assert api.get(address).json()["results"] == []
    (was,) = api.get(address, {"at": then.isoformat()}).json()["results"]
    assert (was["profile"], was["cause"], datetime.fromisoformat(was["since"])) == (anna.pk, "edit", then)
    said(anna, "FR")
    (would,) = api.get(address, {"at": then.isoformat(), "rule": "now"}).json()["results"]
    assert (would["profile"], would["cause"], would["since"], would["version"]) == (anna.pk, None, None, 1)


def test_members_by_todays_rule_come_page_by_page(api: APIClient, anna: Profile, french: Segment) -> None:
    others = [given.person(("email", f"{number}@example.org"), country="FR").pk for number in range(3)]
    refresh()
    for person in Profile.objects.all():
        said(person, "FR")
    at, found, address = timezone.now().isoformat(), [], "/api/segments/french/members/"
    page = api.get(address, {"at": at, "rule": "now", "limit": 2}).json()
    while page["next"]:
        found += [row["profile"] for row in page["results"]]
        page = api.get(page["next"]).json()
    assert found + [row["profile"] for row in page["results"]] == sorted([anna.pk, *others])


@pytest.mark.parametrize(
    "params", [{"at": "yesterday"}, {"at": "2999-01-01T00:00:00Z"}, {"at": "0001-01-01T00:00:00Z"}, {"rule": "never"}]
)
def test_a_moment_that_is_none_of_the_past_is_refused(api: APIClient, french: Segment, params: dict[str, str]) -> None:
    assert api.get("/api/segments/french/members/", params).status_code == 400


def test_a_segment_that_asks_what_has_no_past_is_not_guessed(api: APIClient, french: Segment) -> None:
    rule = {"all": [{"where": {"attribute": "crm.open_deals", "op": "over", "value": 0}}]}
    Segment.objects.filter(pk=french.pk).update(rule=rule)
    answer = api.get("/api/segments/french/members/", {"at": timezone.now().isoformat(), "rule": "now"})
    assert answer.status_code == 409
    assert "Open deals" in answer.json()["detail"]


def test_an_explanation_of_a_past_moment_names_the_rule_of_then(api: APIClient, anna: Profile, french: Segment) -> None:
    then = SegmentVersion.objects.get(segment=french).created_at
    said(anna, "FR")
    move(anna, "DE")
    why = api.get("/api/segments/french/explain/", {"profile": f"id:{anna.pk}", "at": then.isoformat()}).json()
    assert (why["version"], why["rule"]["holds"]) == (1, True)
    before = (then - timedelta(days=1)).isoformat()
    answer = api.get("/api/segments/french/explain/", {"profile": f"id:{anna.pk}", "at": before})
    assert answer.status_code == 409
