"""In which band somebody was, and for how long: kept with the scores, asked by rules."""

from datetime import timedelta

import pytest

from scoring.models import BandSpell
from segments import travel
from segments.models import Segment
from segments.verify import verify
from tests.scoring.scored import ScoredShop

DAY = timedelta(days=1)
VIEW = {"event": "Viewed", "points": 10}
BANDS = [{"name": "cold"}, {"name": "warm", "enter": 20}, {"name": "hot", "enter": 50}]


@pytest.fixture
def shop(db):
    made = ScoredShop()
    made.gives(items=[VIEW], bands=BANDS)
    made.passes()
    return made


def bands(shop, user):
    spells = BandSpell.objects.filter(profile_id=shop.id_of(user)).order_by("since")
    return [(spell.band, spell.until is None) for spell in spells]


def views(shop, user, times):
    for _time in range(times):
        shop.does(user, "Viewed")
    shop.follows()


def held(shop, slug, **more):
    shop.publishes(slug, {"held": {"attribute": "scores.it.band", "for": "10 days", **more}})


def test_each_time_in_a_band_is_kept(shop):
    for times in (1, 2, 1, 3):
        views(shop, "clara", times)
        shop.now += DAY
    assert bands(shop, "clara") == [("cold", False), ("warm", False), ("hot", True)]


def test_a_band_and_several_bands_are_held_without_a_break(shop):
    held(shop, "hot", op="is", value="hot")
    held(shop, "warm", op="any_of", value=["hot", "warm"])
    held(shop, "cold-once", op="is", value="cold", when="sometime")
    views(shop, "clara", 1)
    shop.now += DAY
    views(shop, "clara", 2)
    shop.now += 6 * DAY
    views(shop, "clara", 2)
    shop.refreshes()
    assert [shop.members(slug) for slug in ("hot", "warm", "cold-once")] == [set(), set(), {"clara"}]
    shop.refreshes(5 * DAY)
    assert [shop.members(slug) for slug in ("hot", "warm", "cold-once")] == [set(), {"clara"}, set()]
    shop.refreshes(5 * DAY)
    assert [shop.members(slug) for slug in ("hot", "warm")] == [{"clara"}, {"clara"}]
    assert verify(shop.now + timedelta(seconds=1)).differences == []


def test_the_band_of_a_past_moment_is_known(shop):
    shop.publishes("warm", {"where": {"attribute": "scores.it.band", "op": "is", "value": "warm"}})
    views(shop, "clara", 2)
    shop.refreshes()
    then = shop.now
    shop.now += DAY
    views(shop, "clara", 4)
    shop.refreshes()
    segment = Segment.objects.get(slug="warm")
    assert list(travel.members(segment, then, "now")) == list(travel.members(segment, then)) == [shop.id_of("clara")]
    assert not travel.members(segment, shop.now, "now")


def test_who_was_merged_was_in_no_band(shop):
    held(shop, "cold-once", op="is", value="cold", when="sometime")
    views(shop, "clara", 1)
    shop.now += timedelta(minutes=1)
    views(shop, "anon-visitor", 1)
    shop.turns_out_to_be("clara", "clara@example.org")
    shop.turns_out_to_be("anon-visitor", "clara@example.org")
    shop.follows()
    shop.refreshes()
    assert list(travel.members(Segment.objects.get(slug="cold-once"), shop.now)) == [shop.id_of("clara")]
    assert verify(shop.now + timedelta(seconds=1)).differences == []
