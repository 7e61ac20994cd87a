"""The pages about segments, without a browser: who may open them, what they say, and that nothing sent breaks them."""

import json
import re

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments import panels, roster
from segments.models import Segment
from segments.publish import publish
from tests.segments.shop import Shop

ADD = "/admin/segments/segment/add/"
LIST = "/admin/segments/segment/"
FRENCH = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}]}
NOT_FRENCH = {"all": [{"none": [FRENCH["all"][0]]}]}


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.now = timezone.now()
    for user, country in {"clara": "FR", "bruno": "DE", "julie": "FR"}.items():
        shop.is_known(user, country=country, name=user.title())
    return shop


@pytest.fixture
def french(shop):
    segment = shop.publishes("french", FRENCH)
    shop.refreshes()
    segment.refresh_from_db()
    return segment


def signed_in(role="Marketers"):
    user = User.objects.create_user(role.lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def page(segment, part="change"):
    return f"{LIST}{segment.pk}/{part}/"


def asked(client, body):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(f"{LIST}preview/", text, content_type="application/json")


# --- Writing ----------------------------------------------------------------------------------------


def test_a_plain_post_makes_a_segment_whose_slug_comes_from_its_name(shop):
    client = signed_in()
    answer = client.post(ADD, {"name": "Français fidèles", "rule": json.dumps(FRENCH)})
    segment = Segment.objects.get(slug="francais-fideles")
    assert answer.headers["Location"] == page(segment)
    assert (segment.version, segment.versions.get().author.username) == (1, "marketers")
    client.post(ADD, {"name": "Français fidèles", "rule": json.dumps(FRENCH)})
    assert Segment.objects.filter(slug="francais-fideles-2").exists()


def test_a_slug_is_chosen_once(french):
    client = signed_in()
    assert b'name="slug"' not in client.get(page(french, "edit")).content
    client.post(page(french, "edit"), {"name": "French", "slug": "other", "rule": json.dumps(NOT_FRENCH), "base": 1})
    french.refresh_from_db()
    assert (french.slug, french.name, french.version) == ("french", "French", 2)


def test_another_name_is_no_other_version(french):
    signed_in().post(page(french, "edit"), {"name": "From France", "rule": json.dumps(FRENCH, indent=3), "base": 1})
    french.refresh_from_db()
    assert (french.name, french.version) == ("From France", 1)


def test_who_was_overtaken_is_told_and_overwrites_nothing(french):
    publish(french, NOT_FRENCH, None)
    answer = signed_in().post(page(french, "edit"), {"name": "x", "rule": json.dumps(FRENCH), "base": 1})
    assert "Version 2 was published while you were editing" in answer.content.decode()
    french.refresh_from_db()
    assert (french.rule, french.name) == (NOT_FRENCH, "french")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("slug", "french", "already exists"),
        ("slug", "preview", "choose another slug"),
        ("name", "", "This field is required"),
        ("rule", "", "This field is required"),
        ("rule", "[", "not valid JSON"),
        ("rule", "[" * 100_000, "not valid JSON"),
        ("rule", '{"all": ["\\u0000"]}', "cannot be stored"),
        ("rule", '{"all": ["\\ud800"]}', "not valid JSON"),
        ("rule", '{"all": []}', "This group is empty"),
        ("rule", '{"in": {"segment": "nobody"}}', "does not exist"),
        ("rule", '{"where": {"attribute": "traits.name", "op": "matches", "value": "a{2,1}"}}', "not a valid pattern"),
    ],
)
def test_a_form_that_cannot_be_saved_says_why_and_keeps_what_was_typed(french, field, value, message):
    sent = {"name": "Kept words", "slug": "kept", "rule": json.dumps(FRENCH)} | {field: value}
    answer = signed_in().post(ADD, sent)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert message in text
    assert field == "name" or "Kept words" in text
    assert Segment.objects.count() == 1


def test_a_segment_that_asks_itself_is_refused_in_the_form(french):
    publish(Segment(slug="other", name="Other"), {"all": [{"in": {"segment": "french"}}]}, None)
    rule = {"all": [{"in": {"segment": "other"}}]}
    client = signed_in()
    answer = client.post(page(french, "edit"), {"name": "x", "rule": json.dumps(rule), "base": 1})
    assert "french → other → french" in answer.content.decode()
    answer = asked(client, {"rule": rule, "segment": french.pk})
    assert "french → other → french" in answer.json()["error"]["message"]


def test_an_earlier_version_comes_back_into_the_builder_and_is_not_saved_by_looking(french):
    publish(french, NOT_FRENCH, None)
    client = signed_in()
    text = client.get(f"{page(french, 'edit')}?version=1").content.decode()
    assert "rule of version 1" in text
    assert "&quot;none&quot;" not in text
    assert "&quot;none&quot;" in client.get(f"{page(french, 'edit')}?version=99999999999").content.decode()


# --- The preview ------------------------------------------------------------------------------------


def test_the_preview_says_who_would_enter_and_leave(french):
    answer = asked(signed_in(), {"rule": NOT_FRENCH, "segment": french.pk}).json()
    assert (answer["total"], answer["everybody"], answer["counts"]) == (1, 3, {"": 1, "0": 1, "0.0": 2})
    assert [person["name"] for person in answer["enters"]["people"]] == ["Bruno"]
    assert (answer["leaves"]["count"], answer["leaves"]["people"][0]["name"]) == (2, "Clara")


@pytest.mark.parametrize(
    ("rule", "path", "message"),
    [
        (None, "", "missing here"),
        ({"all": [*FRENCH["all"], {"any": [{"where": {"attribute": "traits.gone", "op": "known"}}]}]}, "1.0", "exist"),
        ({"all": [{"did": {"event": "", "at_least": 1}}]}, "0", "Choose an event"),
        ({"all": [{"where": {"attribute": "traits.country", "op": "is"}}]}, "0", "Give a value"),
        ({"all": [{"inactive": {"for": " days"}}]}, "0", "length of time"),
        ({"all": [{"where": {"attribute": "traits.name", "op": "matches", "value": "a{2,1}"}}]}, "0", "valid pattern"),
    ],
)
def test_what_is_wrong_is_said_at_its_path(shop, rule, path, message):
    answer = asked(signed_in(), {"rule": rule})
    assert answer.status_code == 200
    assert answer.json()["error"]["path"] == path
    assert message in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        *("", "[", "null", "3", "[]", "{}", "\x00", b"\xff\xfe", "[" * 100_000, '{"rule": {"all": ' * 60),
        *({"rule": "all"}, {"rule": {"all": 3}}, {"rule": {"all": {}}}, {"rule": {"all": [[]]}}),
        *({"rule": FRENCH, "segment": segment} for segment in ("x", -1, 2**70, True, [], 1.5)),
        '{"rule": {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "\\ud800"}}]}}',
        '{"rule": {"all": [{"did": {"event": "\\u0000"}}]}}',
        '{"rule": {"all": [{"did": {"event": "x", "at_least": 1e400}}]}}',
        '{"rule": {"all": [{"where": {"attribute": "traits.age", "op": "over", "value": NaN}}]}}',
        {"rule": {"all": [{"where": {"attribute": {}, "op": []}}]}},
        {"rule": {"all": [{"where": {"attribute": "traits.age", "op": "is", "value": {}}}]}},
        {"rule": {"all": [{"where": {"attribute": "traits.country", "op": "any_of", "value": [1, {}]}}]}},
        {"rule": {"all": [{"did": {"event": "x", "within": ["30 days"], "where": "x"}}]}},
        {"rule": {"all": [{"did": {"event": "x", "between": ["1 days", {}], "where": [3]}}]}},
        {"rule": {"all": [{"did": {"event": "x", "since": {}, "until": []}}]}},
        {"rule": {"all": [{"in": {"segment": {}}}]}},
    ],
)
def test_nothing_that_is_sent_breaks_the_preview(shop, body):
    assert asked(signed_in(), body).status_code == 200


def test_the_preview_is_asked_by_post_with_a_token(shop):
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.create_superuser("root"))
    assert asked(client, {"rule": FRENCH}).status_code == 403
    assert client.get(f"{LIST}preview/").status_code == 405


def test_suggestions_are_what_several_people_have(shop):
    for user in ("clara", "bruno"):
        shop.does(user, "Order Completed", category="boots", revenue=10, gift=True)
    shop.does("julie", "Order Completed", category="secret", revenue="10")
    client = signed_in()
    assert client.get(f"{LIST}suggest/?attribute=traits.country").json()["values"] == ["FR"]
    found = client.get(f"{LIST}suggest/?event=Order Completed").json()["properties"]
    assert {item["key"]: (item["type"], item["values"]) for item in found} == {
        "category": ("text", ["boots"]),
        "gift": ("boolean", []),
        "revenue": ("", [10]),
    }
    for query in ("", "attribute=%00", "event=%00", "attribute=nothing", "event=nothing"):
        assert client.get(f"{LIST}suggest/?{query}").json() == {"values": [], "properties": []}


# --- Looking ----------------------------------------------------------------------------------------


def test_the_page_says_how_many_who_and_why(french):
    client = signed_in()
    text = client.get(page(french)).content.decode()
    assert re.search(r"People</dt>\s*<dd[^>]*>\s*2\s*</dd>", text)
    assert "67%" in text
    assert "country is FR" in text
    text = client.get(f"{page(french)}?tab=members").content.decode()
    assert "Clara" in text
    assert "Bruno" not in text


def test_why_shows_each_condition_with_what_was_seen(french, shop):
    client = signed_in()
    text = client.get(f"{page(french, 'why')}{shop.id_of('clara')}/").content.decode()
    assert "Clara is in “french”" in text
    text = client.get(f"{page(french, 'why')}{shop.id_of('bruno')}/").content.decode()
    assert "Bruno is not in “french”" in text
    assert re.search(r"seen:</span>\s*DE", text)
    assert client.get(f"{page(french, 'why')}99999999999999999999/").status_code == 404


def test_somebody_looked_up_is_in_or_not(french, shop):
    text = signed_in().get(f"{page(french)}?tab=members&q=bruno").content.decode()
    assert "not in" in text
    assert "Why not" in text


def test_members_and_moves_are_paged_by_key_and_nobody_is_missed(shop):
    people = [f"user {number}" for number in range(roster.PAGE + 10)]
    for user in people:
        shop.is_known(user, country="IT")
    italians = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "IT"}}]}
    segment = shop.publishes("italians", italians)
    shop.refreshes()
    for user in people[:30]:
        shop.is_known(user, country="ES")
        shop.refreshes()

    def everything(read):
        rows, before = [], ""
        while True:
            found = read(segment, before)
            rows += found.rows
            before = found.older
            if not before:
                return rows

    members, moves = everything(roster.members), everything(roster.moves)
    assert sorted(row.face.id for row in members) == sorted(shop.id_of(user) for user in people[30:])
    assert len(moves) == len(people) + 30
    assert [move.at for move in moves] == sorted((move.at for move in moves), reverse=True)
    assert [move.entered for move in moves[:31]] == [False] * 30 + [True]
    assert moves[0].because == ("country is IT",)


@pytest.mark.parametrize("query", ["before=x", "before=1.2", "before=1.2.3.4", "before=" + "9" * 40 + ".1", "q=%00"])
@pytest.mark.parametrize("tab", ["members", "moves", "versions", "nothing"])
def test_a_place_that_makes_no_sense_is_the_beginning(french, tab, query):
    assert signed_in().get(f"{page(french)}?tab={tab}&{query}").status_code == 200


def test_a_broken_segment_says_why_everywhere(french, shop):
    Segment.objects.filter(pk=french.pk).update(rule={"all": [{"where": {"attribute": "traits.gone", "op": "known"}}]})
    shop.refreshes()
    client = signed_in()
    for address in (LIST, page(french), f"{page(french, 'why')}{shop.id_of('clara')}/"):
        assert "“traits.gone” does not exist." in client.get(address).content.decode(), address
    assert client.get(page(french, "status")).json() == {"computed": True, "state": "broken", "size": 2}
    assert client.get(page(french, "edit")).status_code == 200


def test_a_new_segment_is_being_computed_until_it_is(shop):
    segment = shop.publishes("french", FRENCH)
    client = signed_in()
    assert "being computed" in client.get(page(segment)).content.decode()
    assert client.get(page(segment, "status")).json()["computed"] is False
    shop.refreshes()
    assert client.get(page(segment, "status")).json() == {"computed": True, "state": "live", "size": 2}


def test_a_segment_in_use_is_not_deleted(french):
    other = publish(Segment(slug="other", name="The other"), {"all": [{"in": {"segment": "french"}}]}, None)
    client = signed_in()
    assert "The other" in client.get(page(french, "delete")).content.decode()
    assert client.post(page(french, "delete")).headers["Location"] == page(french)
    assert Segment.objects.filter(pk=french.pk).exists()
    client.post(page(other, "delete"))
    assert client.post(page(french, "delete")).headers["Location"] == LIST
    assert not Segment.objects.exists()


def test_an_empty_list_offers_one_thing_to_do(db):
    assert "Choose a ready-made one" in signed_in().get(LIST).content.decode()


# --- Beside -----------------------------------------------------------------------------------------


def test_sales_reach_none_of_it_but_see_the_segments_of_a_person(french, shop):
    clara = shop.id_of("clara")
    client = signed_in("Sales")
    for part in ("change", "edit", "status", "delete", f"why/{clara}"):
        assert client.get(page(french, part)).status_code == 403, part
    for address in (LIST, ADD, f"{LIST}suggest/?attribute=traits.country"):
        assert client.get(address).status_code == 403, address
    assert asked(client, {"rule": FRENCH}).status_code == 403
    text = client.get(f"/admin/profiles/profile/{clara}/change/?tab=segments&part").content.decode()
    assert "french" in text
    assert LIST not in text


def test_the_tab_of_a_person_costs_the_same_for_any_number_of_segments(french, shop, monkeypatch):
    # Of the first few it is also asked what comes next; all others cost nothing more.
    monkeypatch.setattr(panels, "AHEAD", 1)
    client = signed_in()
    address = f"/admin/profiles/profile/{shop.id_of('clara')}/change/?tab=segments&part"

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    def comes_and_goes(name):
        shop.publishes(name, {"any": [{"in": {"segment": "french"}}, FRENCH["all"][0]]})
        shop.refreshes()
        for country in ("DE", "FR"):
            shop.is_known("clara", country=country)
            shop.refreshes()

    comes_and_goes("first")
    client.get(address)
    few = queries()
    for number in range(8):
        comes_and_goes(f"of-{number}")
    assert queries() == few
    text = client.get(address).content.decode()
    assert "Was in" in text
    assert "country is FR" in text
