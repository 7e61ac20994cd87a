"""Scores over the API: what is scored, who has which, and what a page costs."""

import pytest

from scoring.models import ScoreModel
from tests.api import given
from tests.scoring.scored import ScoredShop

BANDS = [{"name": "cold"}, {"name": "warm", "enter": 20}]
COUNTRY = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}


@pytest.fixture
def shop(db):
    shop = ScoredShop()
    for times, user in enumerate(["ben", "clara", "dan"]):
        shop.does(user, "Signed Up")
        for _again in range(times):
            shop.does(user, "Viewed")
    shop.is_known("dan", country="FR")
    shop.gives(items=[{"event": "Viewed", "points": 10}, {"rule": COUNTRY, "points": 1}], bands=BANDS)
    shop.passes()
    return shop


@pytest.fixture
def api(db):
    return given.client("administrator")


def test_the_list_has_every_score(shop, api):
    (one,) = api.get("/api/scores/").json()["results"]
    assert (one["slug"], one["method"], one["people"], one["error"], one["version"]) == ("it", "points", 3, "", 1)
    assert api.get("/api/scores/?method=rfm").json()["results"] == []


def test_a_score_says_how_many_are_in_each_band(shop, api):
    assert api.get("/api/scores/it/").json()["bands"] == [
        {"key": "cold", "label": "cold", "people": 2},
        {"key": "warm", "label": "warm", "people": 1},
    ]


def test_the_people_of_a_score_come_by_page_with_their_reasons(shop, api):
    answer = api.get("/api/scores/it/people/?limit=2").json()
    assert [one["value"] for one in answer["results"]] == [0.0, 10.0]
    (last,) = api.get(answer["next"]).json()["results"]
    assert (last["profile"], last["band"]) == (shop.id_of("dan"), "warm")
    assert last["reasons"] == [
        {"label": "Viewed", "points": 20.0, "count": 2},
        {"label": "country is FR", "points": 1.0},
    ]


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("band=warm", [21]),
        ("band=none", []),
        ("min_value=5", [10, 21]),
        ("max_value=10", [0, 10]),
        ("min_value=5&max_value=15", [10]),
    ],
)
def test_the_people_of_a_score_are_filtered(shop, api, query, values):
    found = api.get(f"/api/scores/it/people/?{query}").json()["results"]
    assert [one["value"] for one in found] == values


@pytest.mark.parametrize("value", ["x", "nan", "inf", "1e400", "-1e308"])
def test_what_is_no_number_is_refused(shop, api, value):
    answer = api.get(f"/api/scores/it/people/?min_value={value}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/min_value")


def test_a_page_of_people_costs_the_same_queries_however_long_it_is(shop, api, django_assert_num_queries):
    api.get("/api/scores/it/people/")
    for limit in (2, 3):
        with django_assert_num_queries(8):  # four of them: what conditions say
            api.get(f"/api/scores/it/people/?limit={limit}")


def test_a_person_is_told_with_their_scores(shop, api):
    (score,) = api.get("/api/profiles/user_id:dan/?include=scores").json()["scores"]
    assert (score["score"], score["value"], score["band"], score["previous_band"]) == ("it", 21, "warm", None)


def test_a_frozen_score_says_why_and_keeps_its_people(shop, api):
    ScoreModel.objects.update(config={"items": "?"}, error="items: A list is missing here.")
    assert api.get("/api/scores/it/").json()["bands"] == []
    found = api.get("/api/scores/it/people/").json()["results"]
    assert [(one["value"], one["reasons"]) for one in found] == [(0, []), (10, []), (21, [])]


def test_there_is_no_score_of_another_name(shop, api):
    assert api.get("/api/scores/what/").status_code == 404
    assert api.get("/api/scores/what/people/").status_code == 404


def test_who_may_see_scores_but_no_people_sees_no_people(shop):
    assert given.client("").get("/api/scores/").status_code == 403
    assert given.client("").get("/api/scores/it/people/").status_code == 403
