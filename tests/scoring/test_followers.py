"""Scores that are computed from who is in a segment."""

import pytest

from scoring import edit
from scoring.models import ScoreModel
from segments.errors import RuleError
from segments.followers import followers
from segments.models import Segment
from segments.publish import publish, withdraw


@pytest.fixture
def vip(db):
    return publish(Segment(slug="vip", name="VIP"), {"none": [{"did": {"event": "Order Completed"}}]}, None)


def test_a_score_that_asks_a_segment_follows_and_keeps_it(vip):
    items = [{"rule": {"in": {"segment": "vip"}}, "points": 10}]
    edit.save(ScoreModel(slug="heat", name="Heat", method="points"), {"items": items}, None)
    (follower,) = followers(vip)
    assert (str(follower.kind), follower.name, follower.needs) == ("Score", "Heat", True)
    with pytest.raises(RuleError, match="Heat"):
        withdraw(vip)


def test_a_score_that_asks_something_else_does_not(vip):
    edit.save(
        ScoreModel(slug="heat", name="Heat", method="points"), {"items": [{"event": "Viewed", "points": 1}]}, None
    )
    assert followers(vip) == []
