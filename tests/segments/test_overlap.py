"""Two to five segments beside each other: how many people are in exactly which of them."""

import json
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from segments import overlap as overlapping
from segments.bitmaps import BitMap64
from segments.models import Segment
from segments.overlap import overlap
from segments.preview import preview
from tests.segments.shop import Shop
from tests.segments.test_pages import signed_in

ADDRESS = "/admin/segments/segment/overlap/"
people = st.sets(st.integers(1, 30))


@hypothesis(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(people, min_size=2, max_size=5))
def test_every_person_is_in_one_region_and_the_sets_stay_what_they_were(members):
    kept = [BitMap64(ids) for ids in members]
    regions = {
        marked: set(overlapping._people(kept, marked))
        for marked in product([False, True], repeat=len(members))
        if any(marked)
    }
    assert [set(each) for each in kept] == members
    for marked, found in regions.items():
        assert found == {one for one in set().union(*members) if tuple(one in ids for ids in members) == marked}, marked
    assert sum(map(len, regions.values())) == len(set().union(*members))


@pytest.fixture
def shop(db):
    shop = Shop()
    for user, countries in {"clara": "FR", "bruno": "FR", "julie": "DE"}.items():
        shop.is_known(user, country=countries)
    shop.does("clara", "Order Completed")
    shop.does("julie", "Order Completed")
    shop.publishes("french", {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}})
    shop.publishes("buyers", {"did": {"event": "Order Completed"}})
    shop.publishes("nobody", {"did": {"event": "Nothing"}})
    shop.refreshes()
    return shop


def test_the_regions_add_up_and_each_has_its_rule(shop):
    found = overlap([Segment.objects.get(slug=slug) for slug in ("french", "buyers", "nobody")])
    assert found.sizes == {"100": 1, "010": 1, "001": 0, "110": 1, "101": 0, "011": 0, "111": 0}
    assert found.together == 3
    assert found.shared[0] == (2, 1, 0)
    for region in found.regions:
        assert preview(region.rule).total == region.size


def test_the_page_makes_a_segment_of_a_region(shop):
    client = signed_in()
    text = client.get(f"{ADDRESS}?segment=french&segment=buyers").content.decode()
    link = next(part.split('"')[0] for part in text.split('href="') if part.startswith("/admin/segments/segment/add/?"))
    asked = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    rule = json.loads(asked["rule"][0])
    assert set(rule) == {"all"}
    assert client.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize(
    "query", ["", "?segment=french", "?segment=french&segment=french", "?segment=gone&segment=%00"]
)
def test_fewer_than_two_ask_for_another_one(shop, query):
    client = signed_in()
    answer = client.get(ADDRESS + query)
    assert answer.status_code == 200
    assert "Choose two segments" in answer.content.decode()


def test_more_than_three_are_shown_without_circles(shop):
    client = signed_in()
    for number in range(3):
        shop.publishes(f"more-{number}", {"did": {"event": f"Event {number}"}})
    shop.refreshes()
    query = "&".join(f"segment={slug}" for slug in ("french", "buyers", "more-0", "more-1", "more-2", "nobody"))
    text = client.get(f"{ADDRESS}?{query}").content.decode()
    assert "<circle" not in text
    assert text.count('type="hidden" name="segment"') == 5, "at most five are compared"


def test_who_may_not_see_segments_sees_no_overlap(shop, client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    assert client.get(ADDRESS).status_code == 403
    assert reverse("admin:segments_segment_overlap") == ADDRESS
