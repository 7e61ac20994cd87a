"""The page that says why, without a browser: now, at a past moment, with what was decided by hand, and never a 500."""

from datetime import timedelta

import pytest
from django.utils import timezone

from profiles.models import Profile
from segments.models import Segment
from segments.overrides import put
from tests.segments.shop import Shop
from tests.segments.test_pages import page, signed_in

ORDER = "Order Completed"


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.now = timezone.now() - timedelta(minutes=5)
    shop.does("clara", ORDER, ago=timedelta(days=20))
    return shop


@pytest.fixture
def buyers(shop):
    segment = shop.publishes("buyers", {"all": [{"did": {"event": ORDER, "within": "30 days"}}]})
    shop.refreshes()
    return segment


def asked(segment, person, query="", role="Marketers"):
    return signed_in(role).get(f"{page(segment, 'why')}{person}/{query}")


def test_what_comes_next_stands_beside_the_conditions(shop, buyers):
    text = asked(buyers, shop.id_of("clara")).content.decode()
    assert "What comes next" in text
    assert "Leaves on" in text
    assert "1 time" in text
    assert "Asked was version 1" in text


@pytest.mark.parametrize(
    "at", ["yesterday", "2999-01-01T10:00", "0001-01-01T00:00", "2026-02-31T10:00", "%00", "9" * 50, "2026-13-01T00:00"]
)
def test_what_is_no_moment_of_the_past_is_said_and_now_is_shown(shop, buyers, at):
    answer = asked(buyers, shop.id_of("clara"), f"?at={at}")
    assert answer.status_code == 200
    assert "This is how it is now." in answer.content.decode()


def test_a_moment_before_the_first_rule_has_no_conditions_and_the_ledger_still_answers(shop, buyers):
    text = asked(buyers, shop.id_of("clara"), "?at=2020-01-01T10:00").content.decode()
    assert "was not in" in text
    assert "This segment had no rule yet." in text
    assert "What comes next" not in text


def test_a_past_moment_is_told_by_the_ledger_and_the_rule_of_then(shop, buyers):
    versions = buyers.versions.all()
    versions.update(created_at=shop.now - timedelta(minutes=1))
    at = (shop.now + timedelta(minutes=1)).isoformat().replace("+", "%2B")
    text = asked(buyers, shop.id_of("clara"), f"?at={at}").content.decode()
    assert "was in" in text
    assert "the rule of then" in text
    assert 'aria-current="true"' in text


def test_what_was_decided_by_hand_is_said_with_its_author_and_reason(shop, buyers):
    put(buyers, shop.id_of("clara"), False, reason="asked us to", author=None, at=shop.now)
    shop.refreshes()
    text = asked(buyers, shop.id_of("clara")).content.decode()
    assert "is not in" in text
    assert "Kept out by hand by the system" in text
    assert "asked us to" in text
    assert "follow within seconds" not in text


def test_a_broken_rule_says_so_and_foresees_nothing(shop, buyers):
    Segment.objects.filter(pk=buyers.pk).update(rule={"where": {"attribute": "traits.gone", "op": "known"}})
    text = asked(buyers, shop.id_of("clara")).content.decode()
    assert "The rule is broken" in text
    assert "is in" in text
    assert "What comes next" not in text


def test_who_was_merged_leads_to_the_survivor_at_the_same_moment(shop, buyers):
    shop.is_known("bruno", country="DE")
    Profile.objects.filter(pk=shop.id_of("bruno")).update(merged_into=shop.id_of("clara"))
    answer = asked(buyers, shop.id_of("bruno"), "?at=2026-01-01T10:00")
    assert answer.headers["Location"] == f"{page(buyers, 'why')}{shop.id_of('clara')}/?at=2026-01-01T10%3A00"


def test_who_may_not_see_people_does_not_find_them(shop, buyers):
    assert asked(buyers, shop.id_of("clara"), role="Sales").status_code in {403, 404}
