"""All movements of all segments on one page, newest first, page by page, each person with a reason."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from segments import latest as ledger
from segments.latest import latest
from segments.transitions import Feed
from tests.segments.shop import Shop
from tests.segments.test_pages import signed_in

ADDRESS = "/admin/segments/segment/ledger/"


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.publishes("visitors", {"did": {"event": "Visit", "within": "7 days"}})
    shop.publishes("others", {"none": [{"in": {"segment": "visitors"}}]})
    for number in range(4):
        shop.does(f"user-{number}", "Visit")
        shop.refreshes()
    shop.refreshes(later=timedelta(days=8))
    return shop


def told(kind=""):
    """Everything, page by page."""
    found, before = [], ""
    while True:
        rows, before = latest(before, kind)
        found += rows
        if not before:
            return found


@pytest.mark.parametrize("page", [1, 3, 5, 50])
def test_it_is_the_feed_backwards_whatever_the_pages(shop, monkeypatch, page):
    monkeypatch.setattr(ledger, "PAGE", page)
    feed = [(each.profile, each.segment, each.kind, each.at) for each in Feed().after(None, 1000)]
    rows = [(row.face.id, row.segment.slug, "entered" if row.entered else "left", row.at) for row in told()]
    assert rows == feed[::-1]
    assert len(rows) == 12


def test_only_one_kind(shop):
    assert {row.entered for row in told("left")} == {False}
    assert len(told("left")) == 4


@pytest.mark.parametrize("query", ["", "?kind=left", "?kind=nothing", "?before=1.2", "?before=9.9.9.9", "?before=%00"])
def test_the_page_says_who_moved_and_why(shop, query):
    answer = signed_in().get(ADDRESS + query)
    assert answer.status_code == 200
    text = re.sub(r"\s+", " ", answer.content.decode())
    if not query:
        assert "did Visit in the last 7 days" in text


def test_a_page_costs_the_same_whatever_is_on_it(shop, django_assert_max_num_queries):
    client = signed_in()
    client.get(ADDRESS)
    with django_assert_max_num_queries(25):
        client.get(ADDRESS)


def test_who_may_not_see_people_sees_no_names(shop, django_user_model):
    user = django_user_model.objects.create_user("blind", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_segment"))
    client = Client()
    client.force_login(user)
    text = client.get(ADDRESS).content.decode()
    assert "may not see people" in text
    assert "user-1" not in text
