"""Visits in rules: in words of their own, meant as the event that each visit writes."""

import pytest
from django.utils import translation

from profiles import derived
from profiles.models import Profile
from segments import rules
from segments.errors import RuleError
from segments.world import World
from tests.segments.shop import Shop

DID = {"event": "Visit Started"}


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"at_least": 2, "within": "30 days"}, {"at_least": 2, "within": "30 days"}),
        ({"channel": "Email"}, {"at_least": 1, "where": [{"property": "channel", "op": "is", "value": "Email"}]}),
        (
            {"none": True, "landing_page": "/sale"},
            {"exactly": 0, "where": [{"property": "landing_page", "op": "contains", "value": "/sale"}]},
        ),
    ],
)
def test_a_visit_means_its_event(asked, meant):
    assert rules.parse({"visited": asked}).means().to_json() == {"did": DID | meant}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"channel": "Carrier pigeon"}, "no channel"),
        ({"landing_page": 7}, "a text"),
        ({"where": []}, "not understood"),
        ({"event": "Order Completed"}, "not understood"),
        ({"at_least": "two"}, "how many times"),
        ({"colour": "red"}, "not understood"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, says):
    with pytest.raises(RuleError, match=says):
        rules.parse({"visited": asked})


def test_it_is_said_in_plain_words(db):
    rule = rules.parse({"visited": {"channel": "Email", "at_least": 2, "within": "7 days", "landing_page": "/sale"}})
    with translation.override("en"):
        assert (
            rules.sentence(rule, World.now())
            == "visited at least 2 times in the last 7 days by Email landing on “/sale”"
        )


def test_who_visits_enters_and_leaves_by_the_clock(db):
    shop = Shop()
    shop.publishes("by-mail", {"visited": {"channel": "Email", "within": "7 days"}})
    shop.does("clara", "Page Viewed")
    shop.refreshes()
    assert shop.members("by-mail") == set()
    key = derived.key("visit", 1)
    visit = derived.Derived(shop.id_of("clara"), shop.now, key, derived.VISIT_STARTED, {"channel": "Email"})
    derived.put(derived.source(), [visit])
    shop.refreshes()
    assert shop.members("by-mail") == {"clara"}
    shop.refreshes(later=shop.now - shop.now.replace(day=shop.now.day - 8))
    assert shop.members("by-mail") == set()
    assert Profile.objects.count() == 1
