"""What comes next for somebody in a small shop: when they leave or enter, unless what, and what would change it now."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone, translation

from profiles.models import Profile
from segments import panels
from segments.models import Membership, Segment
from segments.outlook import outlook
from segments.overrides import put
from tests.segments.shop import Shop

TICK = timedelta(microseconds=1)
ORDER = "Order Completed"
IN_30_DAYS = {"did": {"event": ORDER, "within": "30 days"}}
FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
SPENT_200 = {"measure": {"event": ORDER, "sum": "", "op": "over", "value": 200, "within": "90 days"}}
STEPS = [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": ORDER}]
CART = {"then": {"steps": [{"event": "Product Added"}, {"event": ORDER, "not": True}], "in": "3 days"}}


@pytest.fixture
def shop(db):
    with translation.override("en"):
        yield Shop()


def coming(shop, rule, user="clara"):
    """The outlook of somebody on a segment with this rule."""
    segment = shop.publishes("it", {"all": [rule]} if "all" not in rule else rule)
    shop.refreshes()
    return outlook(segment, shop.id_of(user), shop.now)


def changes(found):
    return [(change.at.strftime("%m-%d %H:%M:%S"), change.inside, change.unless) for change in found.changes]


def ways(found):
    return [way.words for way in found.ways]


def holds(shop, slug="it", user="clara"):
    return Membership.objects.open().filter(segment__slug=slug, profile_id=shop.id_of(user)).exists()


# On 15 June 2026, 12:00 UTC. What was done: (event, days ago, properties). Who is not named is known, and did nothing.
COMING = [
    # (did, known, rule, changes, what would change it now)
    ([(ORDER, 20, {})], {}, IN_30_DAYS, [("06-25 12:00:00", False, (ORDER,))], []),
    ([(ORDER, 40, {})], {}, IN_30_DAYS, [], [ORDER]),
    (
        [(ORDER, 20, {}), (ORDER, 10, {}), (ORDER, 1, {})],
        {},
        {"did": {"event": ORDER, "at_least": 2, "within": "30 days"}},
        [("07-05 12:00:00", False, (f"one more {ORDER}",))],
        [],
    ),
    ([(ORDER, 1, {})], {}, {"did": {"event": ORDER, "at_least": 3}}, [], [f"2 more {ORDER}"]),
    ([(ORDER, 1, {})], {}, {"did": {"event": ORDER, "exactly": 1}}, [], [f"one more {ORDER}"]),
    (
        [(ORDER, 1, {})],
        {},
        {"did": {"event": ORDER, "none": True, "within": "30 days"}},
        [("07-14 12:00:00", True, (ORDER,))],
        [],
    ),
    ([(ORDER, 1, {})], {}, {"did": {"event": ORDER, "none": True}}, [], []),
    ([], {}, {"did": {"event": ORDER, "since": "2026-01-01", "until": "2026-02-01"}}, [], []),
    (
        [(ORDER, 100, {})],
        {},
        {"did": {"event": ORDER, "where": {"property": "category", "op": "is", "value": "shoes"}}},
        [],
        [f"{ORDER} where category is shoes"],
    ),
    ([(ORDER, 10, {"revenue": 154.8})], {}, SPENT_200, [], [f"{ORDER} for more than €45.20"]),
    (
        [(ORDER, 10, {"revenue": 154.8}), (ORDER, 80, {"revenue": 50})],
        {},
        SPENT_200,
        [("06-25 11:00:00", False, (f"{ORDER} for more than €45.20",))],
        [],
    ),
    (
        [("Product Viewed", 1, {"category": "shoes"})],
        {},
        {"measure": {"event": "Product Viewed", "distinct": "category", "op": "over", "value": 2}},
        [],
        ["Product Viewed with 2 other values of category"],
    ),
    ([("Page Viewed", 10, {})], {}, {"inactive": {"for": "14 days"}}, [("06-19 12:00:00", True, ("any event",))], []),
    ([("Page Viewed", 20, {})], {}, {"inactive": {"for": "14 days"}}, [], ["any event"]),
    ([("Product Added", 1, {})], {}, CART, [("06-17 12:00:00", True, (ORDER,))], []),
    (
        [("Product Added", 1, {})],
        {},
        {"then": {"steps": STEPS}},
        [],
        [f"Product Viewed, then Product Added, then {ORDER}"],
    ),
    (
        [("Product Viewed", 2, {}), ("Product Added", 1, {})],
        {},
        {
            "then": {
                "steps": [{"event": "Product Viewed"}, {"event": "Product Added"}, {"event": ORDER}],
                "in": "3 days",
            }
        },
        [],
        [ORDER],
    ),
    (
        [(ORDER, 70, {}), (ORDER, 40, {})],
        {},
        {"regularly": {"event": ORDER, "periods": 3, "of": 3, "every": "30 days"}},
        [],
        [ORDER],
    ),
    ([], {"country": "DE"}, FRENCH, [], ["country becomes FR"]),
    ([], {"country": "FR"}, FRENCH, [], ["country becomes anything but FR"]),
    ([], {"age": 17}, {"where": {"attribute": "traits.age", "op": "over", "value": 17}}, [], ["age rises above 17"]),
    (
        [],
        {"born": "1990-06-20"},
        {"where": {"attribute": "traits.born", "op": "anniversary", "value": "1 day"}},
        [("06-19 22:00:00", True, ()), ("06-20 22:00:00", False, ())],
        ["born becomes such that it has its anniversary within 1 day"],
    ),
    (
        [],
        {"born": "2026-06-10"},
        {"where": {"attribute": "traits.born", "op": "in_last", "value": "1 week"}},
        [("06-16 22:00:00", False, ())],
        ["born becomes such that it is not in the last 1 week"],
    ),
    ([], {"born": "9999-12-31"}, {"where": {"attribute": "traits.born", "op": "in_next", "value": "1 week"}}, [], None),
    ([], {}, {"share": {"percent": 100}}, [], []),
    # Whoever orders is not inactive any more: nothing does it alone, nor together.
    ([("Page Viewed", 20, {})], {}, {"all": [IN_30_DAYS, {"inactive": {"for": "14 days"}}]}, [], []),
    (
        [(ORDER, 20, {})],
        {},
        {"any": [IN_30_DAYS, FRENCH]},
        [("06-25 12:00:00", False, (ORDER, "country becomes FR"))],
        [],
    ),
]


@pytest.mark.parametrize(("did", "known", "rule", "expected", "would"), COMING, ids=lambda value: str(value)[:70])
def test_what_comes_next_is_told(shop, did, known, rule, expected, would):
    shop.is_known("clara", **known)
    for event, days, properties in did:
        shop.does("clara", event, ago=timedelta(days=days), **properties)
    found = coming(shop, rule)
    assert [(at, inside) for at, inside, _unless in changes(found)] == [(at, inside) for at, inside, _u in expected]
    for (_at, _inside, unless), (_a, _i, wanted) in zip(changes(found), expected, strict=True):
        assert set(unless) <= set(wanted)
        assert unless or not wanted
    assert would is None or ways(found) == would
    for change in found.changes:
        shop.refreshes(later=change.at - TICK - shop.now)
        assert holds(shop) is not change.inside
        shop.refreshes(later=TICK)
        assert holds(shop) is change.inside


def test_one_more_order_and_he_enters(shop):
    shop.does("clara", ORDER)
    assert ways(coming(shop, {"did": {"event": ORDER, "at_least": 2}})) == [f"one more {ORDER}"]
    shop.does("clara", ORDER)
    shop.refreshes()
    assert holds(shop)


def test_leaving_is_said_with_what_would_prevent_it(shop):
    shop.does("clara", ORDER, ago=timedelta(days=20))
    (change,) = coming(shop, IN_30_DAYS).changes
    assert change.sentence == f"leaves on 25 June 2026, 14:00, unless: {ORDER}"
    assert change.because == (f"did {ORDER} in the last 30 days",)
    shop.does("clara", ORDER)
    shop.refreshes(later=change.at - shop.now)
    assert holds(shop)


def test_where_one_thing_is_not_enough_all_of_it_is_said(shop):
    shop.is_known("clara", country="DE")
    found = coming(shop, {"all": [FRENCH, {"did": {"event": ORDER, "at_least": 2}}]})
    assert (ways(found), found.together) == ([], ("country becomes FR", f"2 times {ORDER}"))


def test_what_only_time_changes_is_said_with_its_day_beside_what_would_have_to_happen(shop):
    shop.is_known("clara", country="DE")
    shop.does("clara", ORDER, ago=timedelta(days=20))
    found = coming(shop, {"all": [FRENCH, {"none": [IN_30_DAYS]}]})
    assert found.together == (
        "country becomes FR",
        f"“did {ORDER} in the last 30 days” holds until 25 June 2026, 14:00 only",
    )


def test_what_would_help_only_later_is_said_with_its_day(shop):
    shop.does("clara", "Product Added", ago=timedelta(days=5))
    shop.does("clara", ORDER, ago=timedelta(days=4))
    week = {"within": "7 days"}
    bare = {"all": [{"did": {"event": "Product Added", **week}}, {"none": [{"did": {"event": ORDER, **week}}]}]}
    found = coming(shop, bare)
    assert (changes(found), ways(found), found.together) == ([], [], ())
    assert found.later.at == datetime.fromisoformat("2026-06-18T12:00:00+00:00")
    assert [way.words for way in found.later.ways] == ["Product Added"]


def test_segments_that_a_rule_asks_are_played_forward_too(shop):
    shop.does("clara", ORDER, ago=timedelta(days=20))
    shop.publishes("buyers", {"all": [IN_30_DAYS]})
    shop.refreshes()
    assert changes(coming(shop, {"in": {"segment": "buyers"}}))[0][:2] == ("06-25 12:00:00", False)
    found = changes(coming(shop, {"left": {"segment": "buyers", "within": "1 day"}}))
    assert [move[:2] for move in found] == [("06-25 12:00:00", True), ("06-26 12:00:00", False)]
    # She would have stayed for 20 days on 5 July, and leaves before.
    assert changes(coming(shop, {"stayed": {"segment": "buyers", "for": "20 days"}})) == []
    assert changes(coming(shop, {"stayed": {"segment": "buyers", "for": "5 days"}}))[0][1] is True


def test_what_was_decided_by_hand_ends_when_it_expires(shop):
    shop.is_known("clara", country="DE")
    segment = shop.publishes("it", FRENCH)
    shop.refreshes()
    put(
        segment,
        shop.id_of("clara"),
        True,
        reason="wants it",
        author=None,
        expires_at=shop.now + timedelta(days=3),
        at=shop.now,
    )
    shop.refreshes()
    found = outlook(segment, shop.id_of("clara"), shop.now)
    assert found.inside
    assert [(change.at, change.inside) for change in found.changes] == [
        (shop.now + timedelta(days=3, seconds=-1), False)
    ]
    assert ways(found) == []


def test_the_page_of_a_person_says_it_too(shop):
    shop.now = timezone.now()
    shop.does("clara", ORDER, ago=timedelta(days=20))
    shop.publishes("buyers", {"all": [IN_30_DAYS]})
    shop.publishes("ever", {"all": [{"did": {"event": ORDER}}]})
    shop.refreshes()
    stays = panels.context(Profile.objects.get(pk=shop.id_of("clara")), None)["inside"]
    assert [stay.next.split(" on ")[0] for stay in stays] == ["leaves", "stays in"]
    assert stays[0].next.endswith(f"unless: {ORDER}")


def test_a_frozen_segment_does_not_move(shop):
    shop.does("clara", ORDER, ago=timedelta(days=20))
    shop.publishes("buyers", {"all": [IN_30_DAYS]})
    shop.refreshes()
    segment = shop.publishes("it", {"in": {"segment": "buyers"}})
    shop.refreshes()
    Segment.objects.filter(slug="buyers").update(state=Segment.State.BROKEN)
    assert changes(outlook(segment, shop.id_of("clara"), shop.now)) == []


def test_many_events_of_one_person_are_no_burden(shop, django_assert_max_num_queries):
    for minutes in range(120):
        shop.does("clara", "Page Viewed", ago=timedelta(minutes=minutes))
    segment = shop.publishes(
        "it",
        {
            "all": [
                {"did": {"event": "Page Viewed", "at_least": 5, "within": "7 days"}},
                {"none": [{"regularly": {"event": "Page Viewed", "periods": 3, "of": 4, "every": "1 week"}}]},
            ]
        },
    )
    shop.refreshes()
    with django_assert_max_num_queries(60):
        (change, *_rest) = outlook(segment, shop.id_of("clara"), shop.now).changes
    assert change.at == datetime.fromisoformat("2026-06-22T11:56:00+00:00")
