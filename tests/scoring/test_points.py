"""Points: what counts, how it falls, what the caps take away, and that the lines add up."""

from datetime import timedelta

import pytest

from scoring.errors import ScoreError
from scoring.methods import methods
from scoring.methods.base import Method
from tests.scoring.scored import ScoredShop

DAY = timedelta(days=1)
VIEW = {"event": "Viewed", "points": 10}


@pytest.fixture
def shop(db):
    return ScoredShop()


def test_everybody_has_a_score_and_who_did_nothing_has_none_of_the_points(shop):
    shop.does("clara", "Viewed")
    shop.does("ben", "Something Else")
    shop.gives(items=[VIEW])
    shop.passes()
    assert (shop.value("clara"), shop.value("ben")) == (10, 0)


@pytest.mark.parametrize(
    ("item", "ages", "points"),
    [
        ({}, [0, 5, 400], 30),
        ({"most": 1}, [0, 5], 10),
        ({"most": 2}, [0, 5, 7], 20),
        ({"within": 7}, [0, 6, 7], 20),
        ({"decay": 10}, [0], 10),
        ({"decay": 10}, [4], 6),
        ({"decay": 10}, [10], 0),
        ({"decay": 3}, [1, 2], 6.67 + 3.33),
        ({"decay": 10, "most": 1}, [8, 4], 6),
        ({"decay": 10, "most": 2}, [9, 4, 5], 11),
        ({"decay": 10, "within": 5}, [4, 5], 6),
        ({"within": 30, "most": 2, "per": "day"}, [0, 0, 0, 1], 30),
        ({"within": 30, "most": 2, "per": "week"}, [0, 1, 2, 3, 4], 30),
        ({"decay": 100, "most": 1, "per": "week"}, [0, 1, 2, 3], 10 + 9.9),
        ({"decay": 100, "most": 1, "per": "month"}, [0, 10, 20, 30], 10 + 8.0),
        ({"points": -4, "decay": 10}, [0, 5], -6),
    ],
)
def test_what_an_event_is_worth(shop, item, ages, points):
    # It is Monday, 15 June.
    for age in ages:
        shop.does("clara", "Viewed", ago=age * DAY)
    shop.gives(items=[VIEW | item])
    shop.passes()
    assert shop.value("clara") == pytest.approx(points)
    assert sum(line.points for line in shop.lines("clara")) == pytest.approx(points)
    assert sum(reason["points"] for reason in shop.score("clara").reasons) == pytest.approx(points)


def test_only_events_that_pass_the_filter_count(shop):
    shop.does("clara", "Viewed", category="shoes")
    shop.does("clara", "Viewed", category="tents")
    shop.gives(items=[VIEW | {"where": {"property": "category", "op": "is", "value": "shoes"}}])
    shop.passes()
    assert shop.value("clara") == 10
    shop.does("clara", "Viewed", category="shoes")
    shop.follows()
    assert shop.value("clara") == 20


def test_a_condition_gives_points_while_it_holds(shop):
    shop.is_known("clara", country="FR")
    shop.is_known("ben", country="DE")
    shop.gives(items=[{"rule": {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}, "points": 7}])
    shop.passes()
    assert (shop.value("clara"), shop.value("ben")) == (7, 0)
    shop.is_known("clara", country="IT")
    shop.is_known("ben", country="FR")
    shop.follows(later=DAY / 24)
    assert (shop.value("clara"), shop.value("ben")) == (0, 7)
    (reason,) = shop.score("ben").reasons
    assert reason == {"label": "country is FR", "points": 7.0}


def test_the_caps_are_lines_of_the_sum(shop):
    shop.does("clara", "Viewed")
    shop.does("clara", "Viewed")
    shop.does("clara", "Ordered")
    items = [VIEW | {"group": "browsing"}, {"event": "Ordered", "points": 90}]
    shop.gives(items=items, groups={"browsing": {"most": 15}}, most=100, least=0)
    shop.passes()
    assert shop.value("clara") == 100
    assert [(row.label, row.points) for row in shop.lines("clara")][2:] == [
        ("At most 15 for “browsing”", -5.0),
        ("At most 100 in all", -5.0),
    ]
    assert sum(row.points for row in shop.lines("clara")) == 100


def test_nobody_falls_under_the_least(shop):
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW | {"points": -10}], least=0)
    shop.passes()
    assert shop.value("clara") == 0
    assert [(reason["label"], reason["points"]) for reason in shop.score("clara").reasons] == [
        ("Viewed", -10.0),
        ("Never under 0", 10.0),
    ]


def test_the_lines_say_what_happened_on_which_day(shop):
    shop.does("clara", "Viewed", ago=2 * DAY)
    shop.does("clara", "Viewed", ago=2 * DAY)
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW | {"decay": 10, "label": "Looked at something"}])
    today = shop.now.date()
    assert [row.to_json() for row in shop.lines("clara")] == [
        {"label": "Looked at something", "points": 10.0, "count": 1, "at": today},
        {"label": "Looked at something", "points": 16.0, "count": 2, "at": today - 2 * DAY},
    ]
    assert [row.points for row in shop.lines("clara", ago=DAY)] == [18.0]


def test_an_audience_is_all_who_are_scored(shop):
    shop.does("clara", "Viewed")
    shop.does("ben", "Viewed")
    shop.does("ben", "Ordered")
    shop.gives(items=[VIEW], audience={"none": [{"did": {"event": "Ordered"}}]})
    shop.passes()
    assert (shop.value("clara"), shop.score("ben")) == (10, None)
    shop.does("clara", "Ordered")
    shop.follows()
    assert shop.score("clara") is None


def test_a_band_is_left_lower_than_it_is_entered(shop):
    bands = [{"name": "cold"}, {"name": "warm", "enter": 20, "leave": 10}, {"name": "hot", "enter": 50, "leave": 40}]
    shop.does("clara", "Viewed", ago=DAY)
    shop.gives(items=[VIEW | {"within": 10}], bands=bands)
    shop.passes()
    seen = [shop.band("clara")]
    for _again in range(4):
        shop.does("clara", "Viewed")
        shop.follows()
        seen.append(shop.band("clara"))
    assert seen == ["cold", "warm", "warm", "warm", "hot"]
    shop.passes(9 * DAY)
    assert (shop.value("clara"), shop.band("clara")) == (40, "hot")
    shop.does("clara", "Other")
    shop.passes(DAY)
    assert (shop.value("clara"), shop.band("clara")) == (0, "cold")


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({}, "items"),
        ({"items": [{"points": 3}]}, "items.0"),
        ({"items": [{"event": "A", "rule": {}, "points": 3}]}, "items.0"),
        ({"items": [{"event": "A"}]}, "items.0.points"),
        ({"items": [{"event": "A", "points": "3"}]}, "items.0.points"),
        ({"items": [{"event": "A", "points": True}]}, "items.0.points"),
        ({"items": [{"event": "A", "points": float("nan")}]}, "items.0.points"),
        ({"items": [{"event": "A", "points": 0.001}]}, "items.0.points"),
        ({"items": [VIEW, {"event": "A", "points": 3, "decay": 0}]}, "items.1.decay"),
        ({"items": [{"event": "A", "points": 3, "per": "day"}]}, "items.0.per"),
        ({"items": [{"event": "A", "points": 3, "most": 1, "per": "day"}]}, "items.0.per"),
        ({"items": [{"event": "A", "points": 3, "most": 1, "per": "year", "decay": 9}]}, "items.0.per"),
        ({"items": [{"event": "A", "points": 3, "typo": 1}]}, "items.0.typo"),
        ({"items": [{"event": "A", "points": 3, "where": [{"property": "x", "op": "?"}]}]}, "items.0.where"),
        ({"items": [{"rule": {"all": [{"where": {}}]}, "points": 3}]}, "items.0.rule.0"),
        ({"items": [{"event": "Score Changed", "points": 3}]}, "items.0.event"),
        ({"items": [VIEW], "most": 1, "least": 2}, "most"),
        ({"items": [VIEW], "groups": {"x": {"most": 3}}}, "groups.x"),
        ({"items": [VIEW | {"group": "x"}], "groups": {"x": {}}}, "groups.x.most"),
        ({"items": [VIEW], "bands": [{"name": "a", "enter": 3}]}, "bands.0.enter"),
        ({"items": [VIEW], "bands": [{"name": "a"}, {"name": "b"}]}, "bands.1.enter"),
        ({"items": [VIEW], "bands": [{"name": "a"}, {"name": "a", "enter": 1}]}, "bands.1.name"),
        ({"items": [VIEW], "bands": [{"name": "a"}, {"name": "b", "enter": 1, "leave": 2}]}, "bands.1.leave"),
        (
            {"items": [VIEW], "bands": [{"name": "a"}, {"name": "b", "enter": 5}, {"name": "c", "enter": 5}]},
            "bands.2.enter",
        ),
        ({"items": [VIEW], "audience": {"what": {}}}, "audience"),
        ({"items": [VIEW], "typo": 1}, "typo"),
        ([], ""),
    ],
)
def test_a_configuration_that_cannot_be_read_says_where(config, path):
    with pytest.raises(ScoreError) as refused:
        Method.read("points", config)
    assert refused.value.path == path


def test_the_examples_of_the_methods_can_be_read():
    assert {"points", "rfm"} <= methods().keys()
    for key, kind in methods().items():
        assert Method.read(key, kind.example).bands
