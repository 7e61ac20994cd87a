"""The page of a segment and the list: how the size went, who was in, what is decided by hand, who reads it."""

import re
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from segments import drafts, handmade, makeup, overrides, roster
from segments.growth import WEEK, growth
from segments.models import Leaf, Membership, Override, Segment, SegmentDay, SizeAlert
from segments.publish import publish
from segments.windows import today
from segments.world import World
from tests.scoring.scored import ScoredShop
from tests.segments.test_pages import FRENCH, LIST, NOT_FRENCH, page, signed_in

BUYS = {"did": {"event": "Order Completed", "within": "30 days"}}


@pytest.fixture
def shop(db):
    shop = ScoredShop()
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


def tab(client, segment, name, query=""):
    return client.get(f"{page(segment)}?tab={name}&{query}").content.decode()


def names(text):
    """The people whom a tab lists."""
    return set(re.findall(r"<b>(Clara|Bruno|Julie)</b>", text))


# --- How the size went ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "rows", "now", "sizes"),
    [
        (0, {}, 5, [5]),
        (3, {}, 5, [5, 5, 5, 5]),
        (9, {8: (2, 0, 2), 1: (4, 1, 5)}, 5, [0, 2, 2, 2, 2, 2, 2, 2, 5, 5]),
        # Whoever was in before the window is not lost by the first movement within it.
        (900, {12: (1, 3, 40), 2: (0, 10, 30)}, 30, [42, 42, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 30, 30, 30]),
        # Movements written before the segment, as a seed does it.
        (0, {2: (7, 0, 7)}, 7, [7, 7, 7]),
    ],
)
def test_a_day_without_a_row_is_like_the_day_before(shop, born, rows, now, sizes):
    moment = timezone.now()
    segment = Segment.objects.create(slug="it", name="it", rule=FRENCH, version=1, size=now)
    Segment.objects.filter(pk=segment.pk).update(created_at=moment - timedelta(days=born))
    segment.refresh_from_db()
    for ago, (entered, left, size) in rows.items():
        day = today(moment) - timedelta(days=ago)
        SegmentDay.objects.create(segment=segment, day=day, entered=entered, left=left, size=size)
    found = growth([segment], moment, 14)[segment.pk]
    assert found.sizes == sizes
    assert found.days[-1].day == today(moment)
    assert found.change == (sizes[-1] - sizes[-1 - WEEK] if len(sizes) > WEEK else None)
    assert (found.entered, found.left) == tuple(sum(row[at] for row in rows.values()) for at in (0, 1))


def test_who_left_is_drawn_below_the_line_and_said_without_a_sign(shop, french):
    SegmentDay.objects.filter(segment=french).update(left=3)
    drawn = growth([french], timezone.now())[french.pk].moves_plot()
    assert list(drawn.to_json()["data"][1]["y"])[-1] == -3
    assert drawn.rows[-1][1:] == ("2", "3")


# --- What it is made of -----------------------------------------------------------------------------


def test_the_overview_says_what_it_reads_who_reads_it_and_what_it_costs(shop, french):
    shop.does("clara", "Order Completed")
    loyal = shop.publishes("loyal", {"all": [FRENCH, BUYS, {"in": {"segment": "french"}}]})
    shop.gives("keen", items=[{"rule": {"in": {"segment": "french"}}, "points": 5}])
    shop.refreshes()
    Leaf.objects.update(duration_ms=7)
    made = makeup.makeup(loyal, World.now())
    assert {one.words: (one.size, one.shared) for one in made.ingredients} == {
        "country is FR": (2, 1),
        "did Order Completed in the last 30 days": (1, 0),
        "is in “french”": (2, 0),
    }
    assert (made.duration_ms, made.shared) == (21, 1)
    client = signed_in()
    text = tab(client, loyal, "overview")
    assert all(words in text for words in ("Depends on", ">french</a>", "Order Completed", "country", "Nothing reads"))
    text = tab(client, french, "overview")
    assert ">loyal</a>" in text
    assert "keen" in text
    assert "it is computed from who is in it" in text


def test_a_broken_rule_and_a_draft_have_an_overview_too(shop, french):
    gone = {"all": [{"where": {"attribute": "traits.gone", "op": "known"}}]}
    Segment.objects.filter(pk=french.pk).update(rule=gone)
    shop.refreshes()
    client = signed_in()
    assert "members are frozen" in tab(client, french, "overview")
    new = Segment(slug="new", name="New")
    drafts.save(new, {"all": [BUYS]}, None)
    text = tab(client, new, "overview")
    assert "This is a draft" in text
    assert "did Order Completed" in text
    for name in ("members", "moves", "versions", "overrides"):
        assert client.get(f"{page(new)}?tab={name}").status_code == 200


def test_an_alert_is_told_until_somebody_has_seen_it(french):
    SizeAlert.objects.create(segment=french, at=timezone.now(), before=2, after=2000)
    client = signed_in()
    assert "jumped from 2 to 2,000" in client.get(page(french)).content.decode()
    client.post(page(french, "seen"))
    assert "jumped" not in client.get(page(french)).content.decode()
    assert SizeAlert.objects.get().seen_by.username == "marketers"


def test_who_looks_after_it_and_its_tags_change_without_a_version(french):
    client, owner = signed_in(), User.objects.get(username="marketers")
    sent = {"about-owner": owner.pk, "about-tags": " shop,weekly  mail, shop,", "about-alert_above": "20"}
    client.post(page(french, "details"), sent)
    french.refresh_from_db()
    assert (french.owner, french.tags, french.alert_above, french.version) == (owner, ["shop", "weekly mail"], 20, 1)
    text = client.get(page(french)).content.decode()
    assert "looked after by marketers" in text
    assert "above 20% within a day" in text


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("alert_above", "0", "percent"),
        ("alert_above", "99999999999", "Alert"),
        ("alert_above", "x", "Enter a whole number"),
        ("tags", "x" * 41, "At most 12 tags"),
        ("tags", ",".join(map(str, range(13))), "At most 12 tags"),
        ("tags", "a\0b", "Null characters"),
        ("owner", "999", "Select a valid choice"),
    ],
)
def test_details_that_make_no_sense_are_refused_in_words(french, field, value, message):
    client = signed_in()
    answer = client.post(page(french, "details"), {f"about-{field}": value}, follow=True)
    assert message in answer.content.decode()
    french.refresh_from_db()
    assert (french.owner, french.tags, french.alert_above) == (None, [], None)


# --- Members of a moment ----------------------------------------------------------------------------


def test_members_are_shown_as_of_a_moment_by_the_rule_of_then_and_by_todays(french, shop):
    between = shop.now + timedelta(minutes=1)
    shop.refreshes(timedelta(minutes=2))
    publish(french, NOT_FRENCH, None)
    shop.refreshes()
    back = timedelta(days=2)
    for field in ("entered_at", "left_at"):
        rows = Membership.objects.filter(**{f"{field}__isnull": False})
        for row in rows:
            Membership.objects.filter(
                profile_id=row.profile_id, segment=french, entered_at=row.entered_at
            ).update(**{field: getattr(row, field) - back})  # fmt: skip
    client, at = signed_in(), timezone.localtime(between - back).strftime("%Y-%m-%dT%H:%M")
    assert names(tab(client, french, "members")) == {"Bruno"}
    text = tab(client, french, "members", f"at={at}&rule=then")
    assert names(text) == {"Clara", "Julie"}
    assert "2 people were in" in text


def test_todays_rule_is_asked_of_the_past(shop):
    shop.does("clara", "Order Completed", ago=timedelta(days=40))
    shop.does("bruno", "Order Completed", ago=timedelta(days=10))
    segment = shop.publishes("buyers", BUYS)
    shop.refreshes()
    client = signed_in()
    at = timezone.localtime(shop.now - timedelta(days=35)).strftime("%Y-%m-%dT%H:%M")
    assert names(tab(client, segment, "members", f"at={at}&rule=then")) == set()
    text = tab(client, segment, "members", f"at={at}&rule=now")
    assert "had 1 person" in text or "had 0 people" in text
    assert "Bruno" not in text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("at=2999-01-01T00:00", "in the future"),
        ("at=2026-02-30T00:00", "no date with a time"),
        ("at=yesterday", "no date with a time"),
        ("at=0001-01-01T00:00", "no date with a time"),
        ("at=%00", "no date with a time"),
        ("at=2020-01-01T00:00", "Nobody was in"),
        ("at=2020-01-01T00:00&rule=nothing&before=x", "Nobody was in"),
        ("at=2020-01-01T00:00&rule=now&before=99999999999999999999", "Nobody was in"),
    ],
)
def test_a_moment_that_makes_no_sense_is_said_to_be_none(french, query, says):
    assert says in tab(signed_in(), french, "members", query)


def test_people_by_number_are_paged_by_key(shop):
    people = [f"user {number}" for number in range(roster.PAGE + 3)]
    for user in people:
        shop.is_known(user, country="IT")
    ids = roster.BitMap64(shop.id_of(user) for user in people)
    first = roster.listed(ids, "")
    second = roster.listed(ids, first.older)
    assert [len(first.rows), len(second.rows), first.total, second.older] == [roster.PAGE, 3, len(people), ""]
    assert {row.face.id for row in (*first.rows, *second.rows)} == set(ids)


# --- Entered and left -------------------------------------------------------------------------------


def test_movements_are_narrowed_by_what_by_cause_and_by_condition(shop):
    segment = shop.publishes("both", {"any": [FRENCH, BUYS]})
    shop.refreshes()
    shop.does("bruno", "Order Completed")
    shop.refreshes()
    shop.is_known("julie", country="DE")
    shop.refreshes()
    condition = Leaf.objects.get(condition=BUYS | {"did": BUYS["did"] | {"at_least": 1}}).pk
    cases = {
        "": {"Clara", "Julie", "Bruno"},
        "kind=left": {"Julie"},
        "kind=entered&cause=event": {"Bruno"},
        "cause=edit": {"Clara", "Julie"},
        "cause=trait": {"Julie"},
        f"condition={condition}": {"Bruno"},
        f"condition={condition}&kind=left": set(),
        "kind=x&cause=y&condition=z": {"Clara", "Julie", "Bruno"},
        "condition=99999999999999999999": {"Clara", "Julie", "Bruno"},
    }
    client = signed_in()
    assert {query: names(tab(client, segment, "moves", query)) for query in cases} == cases
    assert "Nobody moved like this" in tab(client, segment, "moves", "cause=merge")


# --- Versions ---------------------------------------------------------------------------------------


def test_versions_say_what_changed_who_agreed_and_what_is_being_drafted(french):
    author, second = (User.objects.create_user(name, is_staff=True) for name in ("anna", "bob"))
    publish(french, {"all": [*FRENCH["all"], BUYS]}, author)
    french.versions.filter(number=2).update(agreed_by=second)
    drafts.save(french, {"all": [BUYS]}, author)
    text = tab(signed_in(), french, "versions")
    assert "Added: Did Order Completed in the last 30 days" in text
    assert "Removed: Country is FR" in text
    assert "bob agreed" in text
    assert "A draft by anna" in text
    assert "?version=1" in text


# --- By hand ----------------------------------------------------------------------------------------


def test_somebody_is_found_put_in_and_let_go_again(french, shop):
    client = signed_in()
    text = tab(client, french, "overrides", "q=bruno")
    assert names(text) == {"Bruno"}
    expires = (today(timezone.now()) + timedelta(days=3)).isoformat()
    sent = {"profile": shop.id_of("bruno"), "inside": "in", "reason": "a friend of the house", "expires": expires}
    assert client.post(page(french, "overrides"), sent).headers["Location"] == f"{page(french)}?tab=overrides"
    shop.refreshes()
    assert shop.members("french") == {"clara", "julie", "bruno"}
    override = Override.objects.get()
    assert (override.author.username, override.inside) == ("marketers", True)
    assert timezone.localtime(override.expires_at).isoformat().startswith(f"{expires}T23:59:59")
    text = tab(client, french, "overrides")
    assert "a friend of the house" in text
    assert "put in" in text
    client.post(f"{page(french, 'overrides')}{override.pk}/end/")
    shop.refreshes()
    assert shop.members("french") == {"clara", "julie"}
    assert "ended" in tab(client, french, "overrides")
    assert "by hand" in tab(client, french, "moves").lower()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"profile": ""}, "Choose a person"),
        ({"profile": "x"}, "Choose a person"),
        ({"profile": "9" * 30}, "Choose a person"),
        ({"profile": "999999"}, "no such person"),
        ({"inside": "both"}, "put in or kept out"),
        ({"reason": " \0 "}, "Say why"),
        ({"expires": "2020-01-01"}, "choose a later day"),
        ({"expires": "2026-02-30"}, "no day"),
        ({"expires": "soon"}, "no day"),
        ({"expires": "9999-12-31"}, "no day"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_in_words(french, shop, sent, says):
    whole = {"profile": shop.id_of("bruno"), "inside": "in", "reason": "so"} | sent
    answer = signed_in().post(page(french, "overrides"), whole, follow=True)
    assert says in answer.content.decode()
    assert not Override.objects.exists()


def test_who_was_merged_is_listed_as_who_they_are_and_what_is_over_comes_last(french, shop):
    julie, bruno = shop.id_of("julie"), shop.id_of("bruno")
    now = shop.now
    overrides.put(french, julie, False, reason="first", author=None, at=now, expires_at=now + timedelta(seconds=1))
    overrides.put(french, bruno, True, reason="second", author=None, at=now)
    Override.objects.filter(profile_id=julie).update(expires_at=now - timedelta(days=1))
    shop.turns_out_to_be("bruno", "same@web.example")
    shop.turns_out_to_be("clara", "same@web.example")
    rows = handmade.rows(french)
    assert [(row.override.reason, row.in_force, row.expired) for row in rows] == [
        ("second", True, False),
        ("first", False, True),
    ]
    assert rows[0].face.id == shop.id_of("bruno")


def test_only_who_may_change_a_segment_and_see_people_decides_by_hand(french, shop):
    looker = User.objects.create_user("looker", is_staff=True)
    looker.user_permissions.add(*Permission.objects.filter(codename__in=("view_segment", "view_profile")))
    client = signed_in()
    override = overrides.put(french, shop.id_of("bruno"), True, reason="so", author=None)
    other = shop.publishes("other", NOT_FRENCH)
    assert client.post(f"{page(other, 'overrides')}{override.pk}/end/").status_code == 404
    assert client.get(page(french, "overrides")).status_code == 405
    assert client.get(page(french, "details")).status_code == 405
    client.force_login(looker)
    for address in ("overrides", "details", f"overrides/{override.pk}/end"):
        assert client.post(page(french, address), {}).status_code == 403, address
    text = tab(client, french, "overrides")
    assert "put in" in text
    assert "csrfmiddlewaretoken" not in text[text.index('id="panel"') :]


# --- The list ---------------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_tag_owner_and_state(french, shop):
    owner = User.objects.create_user("anna", is_staff=True)
    Segment.objects.filter(pk=french.pk).update(tags=["shop"], owner=owner)
    drafts.save(Segment(slug="new", name="A draft"), {"all": [BUYS]}, None)
    shop.publishes("other", NOT_FRENCH)
    client = signed_in()

    def listed(query):
        text = client.get(f"{LIST}?{query}").content.decode()
        return set(re.findall(r"<b>(french|A draft|other)</b>", text))

    cases = {
        "": {"french", "A draft", "other"},
        "tag=shop": {"french"},
        "tag=nothing": set(),
        f"owner={owner.pk}": {"french"},
        "owner=x": {"french", "A draft", "other"},
        "state=draft": {"A draft"},
        "state=live&q=oth": {"other"},
        "tag=%00": {"french", "A draft", "other"},
    }
    assert {query: listed(query) for query in cases} == cases


def test_the_list_costs_the_same_for_any_number_of_segments(french, shop):
    client = signed_in()

    def queries():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(LIST).status_code == 200
        return len(seen)

    client.get(LIST)
    few = queries()
    for number in range(8):
        segment = shop.publishes(f"of-{number}", {"all": [{"in": {"segment": "french"}}]})
        SegmentDay.objects.create(segment=segment, day=date(2026, 1, 1), size=1)
    shop.refreshes()
    assert queries() == few


def test_a_segment_that_a_score_reads_is_not_deleted_and_the_page_says_which(french, shop):
    shop.gives("keen", items=[{"rule": {"in": {"segment": "french"}}, "points": 5}])
    client = signed_in()
    text = client.get(page(french, "delete")).content.decode()
    assert "cannot be deleted" in text
    assert "keen" in text
    client.post(page(french, "delete"))
    assert Segment.objects.filter(pk=french.pk).exists()
