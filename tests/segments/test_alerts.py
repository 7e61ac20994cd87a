"""Whoever looks after a segment is told when its size jumps within a day, once, and not of what they edited."""

from datetime import timedelta

import pytest

from segments import alerts
from segments.models import Segment, SizeAlert
from tests.segments.shop import Shop

DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    shop = Shop()
    for number in range(10):
        shop.does(f"user-{number}", "Visit", ago=DAY)
    shop.publishes("visitors", {"did": {"event": "Visit", "within": "30 days"}})
    Segment.objects.update(alert_above=20)
    shop.refreshes()
    return shop


def told():
    return list(SizeAlert.objects.order_by("pk").values_list("before", "after"))


def test_what_an_edit_moves_is_told_to_nobody(shop):
    alerts.watch(shop.now)
    assert told() == []


@pytest.mark.parametrize(("more", "says"), [(2, []), (3, [(10, 13)])])
def test_a_size_that_moves_more_than_is_normal_is_told(shop, more, says):
    shop.refreshes(later=DAY)
    for number in range(more):
        shop.does(f"newcomer-{number}", "Visit")
    shop.refreshes()
    alerts.watch(shop.now)
    assert told() == says


def test_it_is_told_once_a_day(shop):
    shop.refreshes(later=31 * DAY)
    alerts.watch(shop.now)
    alerts.watch(shop.now + timedelta(hours=1))
    assert told() == [(10, 0)]


def test_what_moved_before_the_day_is_not_told(shop):
    for number in range(5):
        shop.does(f"newcomer-{number}", "Visit")
    shop.refreshes()
    alerts.watch(shop.now + DAY + timedelta(minutes=1))
    assert told() == []


def test_of_nobody_anybody_is_a_jump_and_no_change_is_none(shop):
    shop.refreshes(later=40 * DAY)
    shop.refreshes(later=2 * DAY)
    alerts.watch(shop.now)
    assert told() == []
    shop.does("clara", "Visit")
    shop.refreshes()
    alerts.watch(shop.now)
    assert told() == [(0, 1)]


def test_nobody_is_told_who_did_not_ask(shop):
    Segment.objects.update(alert_above=None)
    shop.refreshes(later=31 * DAY)
    alerts.watch(shop.now)
    assert told() == []


def test_seen_is_seen(shop, admin_user):
    shop.refreshes(later=31 * DAY)
    alerts.watch(shop.now)
    alerts.see(Segment.objects.get(), admin_user)
    assert SizeAlert.objects.filter(seen_at=None).count() == 0
