"""Put in, or kept out, by hand: whatever the rule says, with author, reason and expiry."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from segments import overrides
from segments.errors import OverrideError
from segments.models import Membership, Override, Segment, SegmentDay
from segments.verify import verify
from tests.segments.shop import Shop

BUYERS = {"did": {"event": "Order Completed", "within": "30 days"}}


@pytest.fixture
def shop(db):
    made = Shop()
    made.does("clara", "Order Completed")
    made.does("bruno", "Page Viewed")
    made.publishes("buyers", BUYERS)
    made.publishes("others", {"none": [{"in": {"segment": "buyers"}}]})
    made.refreshes()
    return made


@pytest.fixture
def put(shop):
    def put(user, inside, **more):
        segment = Segment.objects.get(slug="buyers")
        author = User.objects.get_or_create(username="marie")[0]
        return overrides.put(
            segment, shop.id_of(user), inside, **({"reason": "asked for", "author": author, "at": shop.now} | more)
        )

    return put


def test_somebody_put_in_is_in_and_what_depends_on_it_follows(shop, put):
    put("bruno", True)
    shop.refreshes()
    assert shop.members("buyers") == {"clara", "bruno"}
    assert shop.members("others") == set()
    stay = Membership.objects.open().get(segment__slug="buyers", profile_id=shop.id_of("bruno"))
    assert stay.entered_cause == "manual"


def test_somebody_kept_out_stays_out_whatever_they_do(shop, put):
    put("clara", False)
    shop.refreshes()
    shop.does("clara", "Order Completed")
    shop.refreshes()
    assert shop.members("buyers") == set()
    assert Membership.objects.get(segment__slug="buyers", profile_id=shop.id_of("clara")).left_cause == "manual"


def test_it_holds_through_an_edit_of_the_rule(shop, put):
    put("bruno", True)
    shop.refreshes()
    shop.publishes("buyers", {"did": {"event": "Order Completed", "at_least": 3}})
    shop.refreshes()
    assert shop.members("buyers") == {"bruno"}


def test_it_expires_by_itself_and_on_time(shop, put):
    put("bruno", True, expires_at=shop.now + timedelta(days=2))
    shop.refreshes()
    shop.refreshes(timedelta(days=2) - timedelta(seconds=2))
    assert "bruno" in shop.members("buyers")
    shop.refreshes(timedelta(seconds=2))
    assert shop.members("buyers") == {"clara"}
    assert Membership.objects.get(segment__slug="buyers", profile_id=shop.id_of("bruno")).left_cause == "clock"


def test_ended_it_lets_the_rule_decide_again(shop, put):
    override = put("clara", False)
    shop.refreshes()
    overrides.end(override, None, at=shop.now)
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}
    assert Override.objects.get().ended_at


def test_by_a_clock_that_is_ahead_it_begins_and_ends_when_its_moment_comes(shop, put):
    soon = timedelta(seconds=30)
    made = put("bruno", True, at=shop.now + soon)
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}
    shop.refreshes(soon)
    assert shop.members("buyers") == {"clara", "bruno"}
    overrides.end(made, None, at=shop.now + soon)
    shop.refreshes()
    assert shop.members("buyers") == {"clara", "bruno"}
    shop.refreshes(soon)
    assert shop.members("buyers") == {"clara"}


def test_another_one_replaces_the_first(shop, put):
    put("clara", False)
    put("clara", True)
    shop.refreshes()
    assert shop.members("buyers") == {"clara"}
    assert Override.objects.filter(ended_at=None).count() == 1


def test_it_follows_a_merge_and_out_is_stronger(shop, put):
    shop.is_known("bruno", email="ben@example.org")
    put("bruno", True)
    shop.refreshes()
    shop.does("hugo-b", "Page Viewed")
    shop.refreshes()
    shop.turns_out_to_be("anon-1", "ben@example.org")
    shop.refreshes()
    assert "bruno" in shop.members("buyers")
    assert verify(shop.now + timedelta(seconds=1)).differences == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"reason": "  "}, "Say why"),
        ({"expires_at": "past"}, "expired already"),
    ],
)
def test_what_makes_no_sense_is_refused(shop, put, more, says):
    if more.get("expires_at"):
        more = {"expires_at": shop.now - timedelta(days=1)}
    with pytest.raises(OverrideError, match=says):
        put("clara", False, **more)


def test_what_was_kept_is_what_is_true(shop, put):
    put("bruno", True, expires_at=shop.now + timedelta(hours=1))
    put("clara", False)
    shop.refreshes(timedelta(minutes=30))
    shop.refreshes(timedelta(minutes=31))
    assert verify(shop.now + timedelta(seconds=1)).differences == []


def test_each_day_says_who_moved_and_the_size_at_its_end(shop, put):
    shop.refreshes(timedelta(days=1))
    put("bruno", True)
    shop.refreshes(timedelta(hours=1))
    shop.refreshes(timedelta(days=31))
    days = SegmentDay.objects.filter(segment__slug="buyers").values_list("entered", "left", "size")
    assert list(days) == [(1, 0, 1), (1, 0, 2), (0, 1, 1)]
