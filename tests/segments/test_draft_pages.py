"""The form and the page of a draft, without a browser: who may do what, and that nothing sent breaks them."""

import json

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from segments import drafts, rule_tests
from segments.models import Segment
from segments.publish import publish
from segments.review import submit
from tests.segments.shop import Shop

LIST = "/admin/segments/segment/"
ADD = f"{LIST}add/"
FRENCH = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}]}
GERMAN = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}]}
UNFINISHED = {"all": [{"where": {"attribute": "", "op": "is"}}]}


@pytest.fixture
def shop(db):
    cache.clear()  # answers that the preview remembers, of other tests' people
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


def signed_in(name="anna", role="Marketers"):
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def at(segment, part="edit"):
    return f"{LIST}{segment.pk}/{part}/"


def sent(segment, rule, **more):
    return {"name": segment.name, "rule": json.dumps(rule), "base": segment.version} | more


# --- The form ---------------------------------------------------------------------------------------


def test_a_draft_is_saved_with_its_unfinished_rule_and_opened_again(shop):
    client = signed_in()
    answer = client.post(ADD, {"name": "New", "rule": json.dumps(UNFINISHED), "act": "draft"})
    segment = Segment.objects.get(slug="new")
    assert (segment.state, answer.headers["Location"]) == ("draft", at(segment, "draft"))
    assert "cannot be published yet" in client.get(at(segment, "draft")).content.decode()
    assert "&quot;attribute&quot;: &quot;&quot;" in client.get(at(segment)).content.decode()


@pytest.mark.parametrize(("rule", "message"), [("", "required"), ("[", "not valid JSON"), ("[1]", "missing here")])
def test_what_is_no_rule_is_no_draft(shop, rule, message):
    answer = signed_in().post(ADD, {"name": "New", "rule": rule, "act": "draft"})
    assert message in answer.content.decode()
    assert not Segment.objects.exists()


def test_an_earlier_version_is_restored_by_publishing_it_from_its_address(shop, french):
    publish(french, GERMAN, None)
    client = signed_in()
    client.post(f"{at(french)}?version=1", sent(french, FRENCH))
    french.refresh_from_db()
    assert (french.version, french.rule) == (3, FRENCH)


def test_publishing_the_draft_that_was_open_ends_it(shop, french):
    client = signed_in()
    client.post(at(french), sent(french, GERMAN, act="draft"))
    draft = drafts.of(french)
    assert draft.saved_at.isoformat() in client.get(at(french)).content.decode()
    assert "There is a draft by" in client.get(f"{at(french)}?live").content.decode()
    client.post(at(french), sent(french, GERMAN, act="publish", seen=draft.saved_at.isoformat()))
    french.refresh_from_db()
    assert (french.version, drafts.of(french)) == (2, None)


def test_a_draft_of_somebody_else_is_not_overwritten_unseen(shop, french):
    signed_in("bob").post(at(french), sent(french, GERMAN, act="draft"))
    answer = signed_in().post(at(french), sent(french, UNFINISHED, act="draft", seen="2026-01-01T00:00:00+00:00"))
    assert "bob has saved a draft of this segment meanwhile" in answer.content.decode()
    assert drafts.of(french).rule == GERMAN


def test_rule_tests_are_kept_with_the_segment_and_refuse_a_rule_that_fails_them(shop, french):
    clara, client = shop.id_of("clara"), signed_in()
    client.post(
        at(french), sent(french, FRENCH, tests_shown=1, test=[f"{clara}:in", "", "x:in"], who="bruno", inside="out")
    )
    assert rule_tests.expected(french) == {clara: True, shop.id_of("bruno"): False}
    french.refresh_from_db()
    assert french.version == 1
    text = client.post(at(french), sent(french, GERMAN, tests_shown=1, test=[f"{clara}:in"])).content.decode()
    assert "1 rule test fails" in text
    assert "is out: country is DE (FR)" in text
    assert len(rule_tests.expected(french)) == 2


def test_a_new_segment_that_fails_its_tests_is_not_made(shop):
    sent_ = {"name": "New", "rule": json.dumps(GERMAN), "tests_shown": 1, "test": [f"{shop.id_of('clara')}:in"]}
    assert "1 rule test fails" in signed_in().post(ADD, sent_).content.decode()
    assert not Segment.objects.exists()
    signed_in("bob").post(ADD, sent_ | {"act": "draft"})
    assert rule_tests.expected(Segment.objects.get()) == {shop.id_of("clara"): True}


@pytest.mark.parametrize(("who", "message"), [("nobody", "Nobody is called so"), ("999:in", "Nobody is called so")])
def test_who_cannot_be_found_is_no_test(shop, french, who, message):
    answer = signed_in().post(at(french), sent(french, FRENCH, tests_shown=1, who=who))
    assert message in answer.content.decode()


@pytest.mark.parametrize("test", ["999999:in", "99999999999999999999:in", "-1:in", "0:in", ":", "1:in:out"])
def test_tests_of_nobody_are_refused_or_left_out_and_never_an_error(shop, french, test):
    assert signed_in().post(at(french), sent(french, FRENCH, tests_shown=1, test=test)).status_code in {200, 302}


def test_who_may_not_see_people_sees_no_tests_and_removes_none(shop, french):
    rule_tests.replace(french, {shop.id_of("clara"): True}, None)
    user = User.objects.create_user("carl", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=["change_segment", "view_segment"]))
    client = Client()
    client.force_login(user)
    assert "Clara" not in client.get(at(french)).content.decode()
    text = client.post(at(french), sent(french, GERMAN, tests_shown=1)).content.decode()
    assert "1 rule test fails" in text
    assert "Clara" not in text
    assert rule_tests.expected(french)
    assert client.get(f"{LIST}people/?q=clara").status_code == 403
    client.post(at(french), sent(french, GERMAN, act="draft"))
    text = client.get(at(french, "draft")).content.decode()
    assert "1 rule test fails" in text
    assert "Clara" not in text


# --- What the form asks -----------------------------------------------------------------------------


def asked(client, part, body):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"{LIST}{part}/", text, content_type="application/json")


def test_the_review_says_by_what_people_move_and_what_follows(shop, french):
    shop.publishes("other", {"all": [{"in": {"segment": "french"}}]})
    clara = shop.id_of("clara")
    body = {"rule": GERMAN, "segment": french.pk, "tests": [{"profile": clara, "inside": True}]}
    answer = asked(signed_in(), "review", body).json()
    assert answer["differences"] == ["Country is FR → Country is DE"]
    assert answer["entering"] == [{"text": "Country is FR → country is DE", "count": 1}]
    assert [follower["name"] for follower in answer["followers"]] == ["other"]
    assert answer["failed"] == [{"name": "Clara", "text": "is out: country is DE (FR)"}]


@pytest.mark.parametrize("part", ["review", "tests"])
@pytest.mark.parametrize(
    "body",
    ["", "[", "[]", "3", {}, {"rule": {}}, {"rule": FRENCH, "tests": 3}, {"rule": FRENCH, "tests": [3]},
     {"rule": FRENCH, "tests": [{"profile": -1, "inside": True}]}, {"rule": FRENCH, "tests": [{"profile": 1}]}],
)  # fmt: skip
def test_what_is_none_is_an_answer_too(shop, part, body):
    answer = asked(signed_in(), part, body)
    assert answer.status_code == 200
    assert part == "tests" or "error" in answer.json()


def test_people_are_found_to_test_with(shop):
    client = signed_in()
    assert [person["name"] for person in client.get(f"{LIST}people/?q=clara").json()["people"]] == ["Clara"]
    assert client.get(f"{LIST}people/?q=%00").json() == {"people": []}


# --- The draft's page -------------------------------------------------------------------------------


def test_a_second_person_agrees_on_the_page_of_the_draft(shop, french, settings):
    settings.REVIEW_ABOVE = 2
    author, second = signed_in(), signed_in("bob")
    answer = author.post(at(french), sent(french, GERMAN), follow=True)
    assert "a second person must agree" in answer.content.decode()
    assert "Agree and publish" not in answer.content.decode()
    seen = drafts.of(french).saved_at.isoformat()
    refused = author.post(at(french, "draft"), {"act": "agree", "seen": seen})
    assert "Another person has to agree" in refused.content.decode()
    assert "Agree and publish" in second.get(at(french, "draft")).content.decode()
    for wrong in ("", "x", "2026-01-01T00:00:00+00:00", "2026-13-01T00:00:00+00:00"):
        answer = second.post(at(french, "draft"), {"act": "agree", "seen": wrong})
        assert "changed meanwhile" in answer.content.decode()
    second.post(at(french, "draft"), {"act": "agree", "seen": seen})
    version = french.versions.get(number=2)
    assert (version.author.username, version.agreed_by.username) == ("anna", "bob")


def test_a_draft_is_published_declined_and_discarded_on_its_page(shop, french, settings):
    client = signed_in()
    drafts.save(french, GERMAN, None)
    seen = {"seen": drafts.of(french).saved_at.isoformat()}
    assert "Nobody" not in client.get(at(french, "draft")).content.decode()
    client.post(at(french, "draft"), {"act": "publish"} | seen)
    french.refresh_from_db()
    assert (french.version, drafts.of(french)) == (2, None)
    assert client.get(at(french, "draft")).headers["Location"] == at(french, "change")
    shop.refreshes()
    settings.REVIEW_ABOVE = 1
    submit(french, FRENCH, None)
    client.post(at(french, "draft"), {"act": "decline"})
    assert drafts.of(french).asked_at is None
    client.post(at(french, "draft"), {"act": "discard"})
    assert drafts.of(french) is None


def test_sales_may_not_open_a_draft(shop, french):
    drafts.save(french, GERMAN, None)
    assert signed_in("paul", "Sales").get(at(french, "draft")).status_code == 403
