"""Drafts, rule tests, the second person, and what a review says of a rule before it is published."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone

from profiles.models import Identifier, Profile
from segments import drafts, rule_tests, rules
from segments.differences import differences
from segments.errors import RuleError
from segments.followers import followers
from segments.models import Membership, Segment, SegmentDraft
from segments.publish import publish, withdraw
from segments.review import agree, decline, needs_second, review, submit
from segments.world import World
from tests.segments.shop import Shop

FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
GERMAN = {"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}
ADULT = {"where": {"attribute": "traits.age", "op": "over", "value": 17}}
OLD = {"where": {"attribute": "traits.age", "op": "over", "value": 60}}
ORDERED = {"did": {"event": "Product Bought", "within": "30 days"}}
UNKNOWN = {"where": {"attribute": "traits.nothing", "op": "is", "value": "x"}}


@pytest.fixture
def shop(db):
    cache.clear()  # answers that the preview remembers, of other tests' people
    shop = Shop()
    shop.now = timezone.now()
    shop.does("bruno", "Product Bought")
    for user, country, age in [("clara", "FR", 70), ("bruno", "DE", 30), ("julie", "FR", 12), ("mikael", "DE", 80)]:
        shop.is_known(user, country=country, age=age)
    return shop


@pytest.fixture
def french(shop):
    segment = shop.publishes("french", {"all": [FRENCH]})
    shop.refreshes()
    segment.refresh_from_db()
    return segment


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna")


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob")


# --- Drafts -----------------------------------------------------------------------------------------


def test_nobody_is_in_a_draft_and_no_rule_can_ask_it(shop, anna):
    segment = Segment(slug="new", name="New")
    drafts.save(segment, {"all": [FRENCH]}, anna)
    shop.refreshes()
    assert (segment.state, segment.version) == ("draft", 0)
    assert not Membership.objects.exists()
    with pytest.raises(RuleError, match="does not exist"):
        publish(Segment(slug="other", name="Other"), {"in": {"segment": "new"}}, None)


def test_a_draft_beside_a_live_rule_moves_nobody_until_it_is_published(shop, french, anna):
    draft = drafts.save(french, {"all": [GERMAN]}, anna)
    shop.refreshes()
    assert shop.members("french") == {"clara", "julie"}
    assert draft.base == 1
    assert submit(french, draft.rule, anna, draft.saved_at)
    shop.refreshes()
    assert shop.members("french") == {"bruno", "mikael"}
    assert drafts.of(french) is None


def test_publishing_another_rule_leaves_somebodys_draft_alone(french, anna):
    drafts.save(french, {"all": [GERMAN]}, anna)
    submit(french, {"all": [ADULT]}, None)
    assert drafts.of(french).rule == {"all": [GERMAN]}


def test_a_draft_may_be_incomplete_and_cannot_be_published_then(french, anna):
    draft = drafts.save(french, {"all": [UNKNOWN]}, anna)
    with pytest.raises(RuleError, match=r"does not exist|unknown|no attribute"):
        submit(french, draft.rule, anna, draft.saved_at)
    assert drafts.of(french)


def test_nobody_overwrites_the_draft_of_somebody_else_unseen(french, anna, bob):
    draft = drafts.save(french, {"all": [GERMAN]}, anna)
    with pytest.raises(drafts.OvertakenError, match="anna"):
        drafts.save(french, {"all": [ADULT]}, bob)
    drafts.save(french, {"all": [ADULT]}, bob, seen=draft.saved_at)
    assert drafts.of(french).author == bob


def test_discarding_a_draft_that_was_never_published_takes_the_segment_away(french, anna):
    only_a_draft = Segment(slug="new", name="New")
    for segment in (only_a_draft, french):
        drafts.save(segment, {"all": [GERMAN]}, anna)
        drafts.discard(segment)
    assert list(Segment.objects.values_list("slug", flat=True)) == ["french"]
    assert not SegmentDraft.objects.exists()


# --- Rule tests -------------------------------------------------------------------------------------


def test_a_rule_that_fails_a_test_is_not_published_and_says_who_and_why(shop, french, anna):
    clara, bruno = shop.id_of("clara"), shop.id_of("bruno")
    rule_tests.replace(french, {clara: True, bruno: False}, anna)
    publish(french, {"all": [FRENCH, ADULT]}, anna)
    with pytest.raises(rule_tests.FailedTestsError, match="2 rule tests fail") as refused:
        publish(french, {"all": [GERMAN, ADULT]}, anna)
    french.refresh_from_db()
    assert french.version == 2
    first, second = refused.value.failed
    assert [(blame.sentence, blame.saw, blame.holds) for blame in first.why] == [("country is DE", "FR", False)]
    assert (second.profile_id, second.inside, second.holds) == (bruno, False, True)


@pytest.mark.parametrize(
    ("rule", "user", "inside", "blamed"),
    [
        ({"all": [FRENCH, ADULT]}, "julie", True, ["age is over 17"]),
        ({"any": [GERMAN, ADULT]}, "julie", True, ["country is DE", "age is over 17"]),
        ({"any": [FRENCH, ADULT]}, "bruno", False, ["age is over 17"]),
        ({"all": [{"none": [FRENCH]}, ADULT]}, "clara", True, ["country is FR"]),
        ({"none": [{"all": [GERMAN, ADULT]}]}, "julie", False, ["country is DE", "age is over 17"]),
    ],
)
def test_only_the_conditions_to_blame_are_named(shop, french, rule, user, inside, blamed):
    (result,) = rule_tests.run(rule, {shop.id_of(user): inside})
    assert not result.passed
    assert [blame.sentence for blame in result.why] == blamed


def test_whoever_was_merged_is_tested_as_who_they_became(shop, french, anna):
    shop.turns_out_to_be("anon-1234", "clara@example.org")
    visitor = Identifier.objects.get(type="email").profile_id
    rule_tests.replace(french, {visitor: True}, anna)
    with pytest.raises(rule_tests.FailedTestsError):
        rule_tests.refuse_failures(french, {"all": [FRENCH]})
    shop.turns_out_to_be("clara", "clara@example.org")
    assert Profile.objects.get(pk=visitor).merged_into == shop.id_of("clara")
    rule_tests.refuse_failures(french, {"all": [FRENCH]})


def test_nobody_in_particular_fails_no_test(french):
    (result,) = rule_tests.run({"all": [FRENCH]}, {999_999: True})
    assert (result.holds, result.passed) == (None, True)


def test_a_test_of_nobody_is_refused_and_so_are_too_many(french, anna):
    with pytest.raises(RuleError, match="999999"):
        rule_tests.replace(french, {999_999: True}, anna)
    with pytest.raises(RuleError, match="at most 50"):
        rule_tests.replace(french, dict.fromkeys(range(1, 52), True), anna)


# --- A second person --------------------------------------------------------------------------------


@pytest.fixture
def careful(settings):
    settings.REVIEW_ABOVE = 2


def test_moving_more_people_than_one_may_waits_for_a_second_person(shop, french, anna, bob, careful):
    assert not submit(french, {"all": [GERMAN]}, anna)
    shop.refreshes()
    assert shop.members("french") == {"clara", "julie"}
    draft = drafts.of(french)
    assert draft.asked_at
    with pytest.raises(RuleError, match="Another person"):
        agree(french, anna, draft.saved_at)
    agree(french, bob, draft.saved_at)
    shop.refreshes()
    assert shop.members("french") == {"bruno", "mikael"}
    version = french.versions.get(number=2)
    assert (version.author, version.agreed_by) == (anna, bob)
    assert drafts.of(french) is None


def test_moving_few_people_asks_nobody(french, anna, careful):
    assert submit(french, {"all": [FRENCH, ADULT]}, anna)
    assert french.versions.get(number=2).agreed_by is None


def test_nobody_agrees_to_what_they_have_not_seen(french, anna, bob, careful):
    submit(french, {"all": [GERMAN]}, anna)
    seen = drafts.of(french).saved_at
    submit(french, {"all": [{"none": [FRENCH]}]}, anna)
    with pytest.raises(RuleError, match="changed meanwhile"):
        agree(french, bob, seen)


def test_what_was_declined_or_edited_waits_no_more(french, anna, bob, careful):
    submit(french, {"all": [GERMAN]}, anna)
    decline(french)
    with pytest.raises(RuleError, match="Nothing waits"):
        agree(french, bob, drafts.of(french).saved_at)
    submit(french, {"all": [GERMAN]}, anna)
    drafts.save(french, {"all": [ADULT]}, anna)
    with pytest.raises(RuleError, match="Nothing waits"):
        agree(french, bob, drafts.of(french).saved_at)


def test_a_rule_that_cannot_be_counted_waits_too(french, careful):
    cannot = {"where": {"attribute": "traits.missing", "op": "is", "value": "x"}}
    assert needs_second(french, cannot)


def test_without_a_limit_one_person_may_move_everybody(french, anna, settings):
    settings.REVIEW_ABOVE = 0
    assert submit(french, {"none": [FRENCH]}, anna)


# --- What a review says -----------------------------------------------------------------------------


def sentence(rule):
    return rules.sentence(rules.parse(rule), World.now())


def told(found):
    return {(reason.sentence, reason.count) for reason in found}


def test_a_review_says_by_which_condition_people_enter_and_leave(shop, french):
    publish(french, {"all": [FRENCH, ADULT]}, None)
    shop.refreshes()
    french.refresh_from_db()
    seen = review(french, {"any": [{"all": [FRENCH, OLD]}, {"all": [GERMAN, OLD]}]}, {shop.id_of("clara"): True})
    assert (len(seen.preview.enters), len(seen.preview.leaves)) == (1, 0)
    seen = review(french, {"all": [FRENCH, OLD]}, {})
    assert (len(seen.preview.enters), len(seen.preview.leaves)) == (0, 0)
    seen = review(french, {"all": [FRENCH]}, {})
    assert told(seen.reasons.entering) == {("no longer asked: age is over 17", 1)}
    seen = review(french, {"all": [GERMAN, ADULT]}, {})
    assert told(seen.reasons.leaving) == {("country is FR → country is DE", 1)}
    assert told(seen.reasons.entering) == {("country is FR → country is DE", 2)}
    seen = review(french, {"all": [FRENCH, ADULT, {"none": [OLD]}]}, {})
    assert told(seen.reasons.leaving) == {("now asked: not (age is over 60)", 1)}
    seen = review(french, {"all": [FRENCH, ADULT, ORDERED]}, {})
    assert told(seen.reasons.leaving) == {(f"now asked: {sentence(ORDERED)}", 1)}


def test_where_only_the_groups_changed_the_conditions_that_decide_are_named(shop, french):
    publish(french, {"all": [FRENCH, ADULT]}, None)
    shop.refreshes()
    french.refresh_from_db()
    seen = review(french, {"any": [FRENCH, ADULT]}, {})
    assert len(seen.preview.enters) == 3
    assert told(seen.reasons.entering) == {
        ("combined otherwise: country is FR", 2),
        ("combined otherwise: age is over 17", 1),
    }


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({"all": [FRENCH]}, FRENCH, []),
        ({"all": [FRENCH, ADULT]}, {"all": [ADULT, FRENCH]}, []),
        ({"all": [FRENCH]}, {"all": [FRENCH, ADULT]}, ["Added: Age is over 17"]),
        ({"all": [FRENCH, ADULT]}, {"all": [ADULT]}, ["Removed: Country is FR"]),
        ({"all": [FRENCH]}, {"all": [GERMAN]}, ["Country is FR → Country is DE"]),
        ({"all": [ADULT, FRENCH]}, {"all": [FRENCH, OLD]}, ["Age is over 17 → Age is over 60"]),
        (
            {"all": [FRENCH, ADULT]},
            {"any": [FRENCH, ADULT]},
            ["“All of these” became “Any of these”: Country is FR; age is over 17"],
        ),
        (
            {"all": [FRENCH, ADULT, {"none": [OLD]}]},
            {"all": [ADULT, {"none": [OLD, FRENCH]}]},
            ["Moved from “All of these” to “None of these”: Country is FR"],
        ),
        ({"all": [FRENCH]}, {"all": [{"none": [FRENCH]}]}, ["Country is FR → Not (country is FR)"]),
        (FRENCH, {"none": [FRENCH]}, ["Country is FR → Not (country is FR)"]),
        ({"all": [{"none": [ADULT]}, FRENCH]}, {"all": [FRENCH]}, ["Removed: Not (age is over 17)"]),
        ({"none": [FRENCH]}, {"none": [FRENCH, ADULT]}, ["Added: Not (age is over 17)"]),
    ],
)
def test_differences_say_what_came_went_changed_and_moved(shop, before, after, sentences):
    assert [change.sentence for change in differences(before, after, World.now())] == sentences


def test_a_rule_that_cannot_be_read_is_a_difference(shop):
    (change,) = differences({"gone": {}}, {"all": [FRENCH]}, World.now())
    assert "cannot be read" in change.sentence


# --- Who follows ------------------------------------------------------------------------------------


def test_whoever_asks_a_segment_follows_it_and_keeps_it(french, shop):
    other = shop.publishes("other", {"all": [{"in": {"segment": "french"}}]})
    (follower,) = followers(french)
    assert (follower.name, follower.needs, follower.url) == (
        "other",
        True,
        f"/admin/segments/segment/{other.pk}/change/",
    )
    with pytest.raises(RuleError, match="other"):
        withdraw(french)


def test_a_draft_that_asks_a_segment_does_not_keep_it(french, anna):
    drafts.save(Segment(slug="new", name="New"), {"all": [{"in": {"segment": "french"}}]}, anna)
    withdraw(french)
    assert not Segment.objects.filter(slug="french").exists()
