"""Moves of scores in rules."""

import pytest

from scoring.models import ScoreModel
from segments import rules
from segments.errors import RuleError
from segments.world import World


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"moved": "up"}, [{"property": "change", "op": "over", "value": 0}]),
        (
            {"moved": "any", "band": "Hot"},
            [
                {"property": "band_from", "op": "is", "value": "Hot", "not": True},
                {"property": "band_to", "op": "is", "value": "Hot"},
            ],
        ),
    ],
)
def test_a_move_means_the_event_of_that_score(asked, where):
    meant = rules.parse({"score_moved": {"score": "heat", "within": "7 days"} | asked}).means().to_json()
    model = {"property": "model", "op": "is", "value": "heat"}
    assert sorted(map(str, meant["did"].pop("where"))) == sorted(map(str, [model, *where]))
    assert meant == {"did": {"event": "Score Changed", "at_least": 1, "within": "7 days"}}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"moved": "up"}, "Choose a score"),
        ({"score": "heat", "moved": "sideways"}, "goes up, goes down"),
        ({"score": "heat", "band": 3}, "name of a band"),
    ],
)
def test_what_makes_no_sense_is_refused(asked, says):
    with pytest.raises(RuleError, match=says):
        rules.parse({"score_moved": asked})


def test_a_score_that_is_gone_breaks_the_rule(db):
    rule = rules.parse({"score_moved": {"score": "heat", "moved": "up"}})
    ScoreModel.objects.create(slug="heat", name="Heat", method="points", config={})
    rules.check(rule, World.now())
    ScoreModel.objects.all().delete()
    with pytest.raises(RuleError, match="does not exist"):
        rules.check(rule, World.now())
