"""RFM: fifths of everybody who bought, eleven groups, equal people alike, and too few people."""

from collections import Counter
from datetime import timedelta

import pytest

from profiles.models import Event
from scoring.errors import ScoreError
from scoring.methods.base import Method
from scoring.methods.rfm import FEWEST, GRID, GROUPS, TOGETHER
from scoring.models import Score, ScoreModel, ScoreVersion
from tests.scoring.scored import ScoredShop

DAY = timedelta(days=1)
CONFIG = {"event": "Ordered", "refunds": "Refunded"}


@pytest.fixture
def shop(db):
    return ScoredShop()


def buy(shop, user, ago, times=1, amount=10.0):
    for _again in range(times):
        shop.does(user, "Ordered", ago=ago, revenue=amount, currency="EUR")


def fifths(score):
    return tuple(score.parts[1::2])


def test_there_are_eleven_groups_and_each_place_has_one():
    assert len(GROUPS) == 11
    assert {name for line in GRID for name in line} == set(GROUPS)
    assert [len(line) for line in GRID] == [5] * 5


def test_frequency_and_value_together_go_away_from_the_middle():
    pairs = {(f, m): TOGETHER[f + m - 2] for f in range(1, 6) for m in range(1, 6)}
    assert [pairs[1, 1], pairs[1, 2], pairs[2, 3], pairs[3, 3], pairs[4, 3], pairs[5, 4], pairs[5, 5]] == [
        *(1, 1, 2, 3, 4, 5, 5)
    ]


def test_people_are_placed_by_fifths(shop):
    # Each a day later than the one before, each once more often, each for more.
    for place in range(25):
        buy(shop, f"buyer-{place}", (25 - place) * DAY, place + 1, 10 + place)
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    seen = [fifths(shop.score(f"buyer-{place}", "rfm")) for place in range(25)]
    assert seen == [(place // 5 + 1,) * 3 for place in range(25)]
    assert [shop.value(f"buyer-{place}", "rfm") for place in (0, 12, 24)] == [3, 9, 15]
    bands = Counter(Score.objects.values_list("band", flat=True))
    assert bands == {"Lost": 5, "Hibernating": 5, "Need Attention": 5, "Loyal": 5, "Champions": 5}
    learned = ScoreModel.objects.get().learned
    assert learned["people"] == 25
    assert ScoreVersion.objects.get().quality == learned


def test_equal_people_are_placed_alike_in_the_middle_of_their_people(shop):
    for place in range(20):
        buy(shop, f"buyer-{place}", DAY)
    for place in range(20, 30):
        buy(shop, f"buyer-{place}", DAY, times=2)
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    # All bought on the same day; twenty of thirty once, whose middle is a third of the way.
    assert {fifths(shop.score(f"buyer-{place}", "rfm")) for place in range(20)} == {(3, 1, 2)}
    assert {fifths(shop.score(f"buyer-{place}", "rfm")) for place in range(20, 30)} == {(3, 4, 5)}
    assert ScoreModel.objects.get().learned["same"]["recency"] == 1


def test_too_few_people_are_not_placed_and_the_counter_is_told(shop):
    for place in range(FEWEST - 1):
        buy(shop, f"buyer-{place}", DAY)
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    assert ScoreModel.objects.get().error == "Not enough people yet: 24 of 25 have bought something."
    assert not Score.objects.exists()
    buy(shop, "one-more", DAY)
    shop.passes(timedelta(minutes=1))
    model = ScoreModel.objects.get()
    assert (model.error, model.people) == ("", 25)


def test_who_never_bought_has_no_score_and_gets_one_by_the_stored_borders(shop):
    for place in range(25):
        buy(shop, f"buyer-{place}", (25 - place) * DAY, place + 1, 10)
    shop.does("clara", "Viewed")
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    assert shop.score("clara", "rfm") is None
    learned = ScoreModel.objects.get().learned
    buy(shop, "clara", timedelta(), 1, 500.0)
    shop.follows()
    assert fifths(shop.score("clara", "rfm")) == (5, 1, 5)
    assert ScoreModel.objects.get().learned == learned
    assert shop.told("clara") == [(None, "Potential Loyalist")]


def test_a_refund_takes_from_what_was_spent_and_is_no_purchase(shop):
    for place in range(25):
        buy(shop, f"buyer-{place}", DAY, 1, 10 + place)
    shop.does("buyer-24", "Refunded", revenue=30.0, currency="EUR")
    Event.objects.filter(name__name="Refunded").update(value=-3000)
    shop.does("clara", "Refunded", revenue=5.0, currency="EUR")
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    assert shop.score("buyer-24", "rfm").parts[4] == 400
    assert shop.score("clara", "rfm") is None


def test_the_reasons_are_in_words_and_add_up(shop):
    for place in range(25):
        buy(shop, f"buyer-{place}", (25 - place) * DAY, place + 1, 10)
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    score = shop.score("buyer-23", "rfm")
    assert [reason["label"] for reason in score.reasons] == [
        "Recency: last purchase 2 days ago",
        "Frequency: 24 purchases",
        "Monetary value: €240.00",
    ]
    assert sum(reason["points"] for reason in score.reasons) == score.value == 15
    lines = shop.lines("buyer-23", "rfm")
    assert sum(line.points for line in lines) == 15
    assert lines[0].at == (shop.now - 2 * DAY).date()


def test_people_go_from_group_to_group_as_days_end(shop):
    for place in range(25):
        buy(shop, f"buyer-{place}", (25 - place) * DAY, place + 1, 10)
    shop.scores("rfm", CONFIG, "rfm")
    shop.passes()
    for place in range(20):
        buy(shop, f"buyer-{place}", timedelta())
    shop.passes(DAY)
    assert shop.told("buyer-24")[-1] == ("Champions", "Cannot Lose Them")
    assert shop.score("buyer-24", "rfm").previous_band == "Champions"


@pytest.mark.parametrize(
    ("config", "path"), [({}, "event"), ({"event": "A", "within": 0}, "within"), ({"event": "A", "x": 1}, "x")]
)
def test_a_configuration_that_cannot_be_read_says_where(config, path):
    with pytest.raises(ScoreError) as refused:
        Method.read("rfm", config)
    assert refused.value.path == path
