"""After any sequence of events, merges, edits and clock moves three answers agree: the score that is kept, the sum
of its lines, and what a naive oracle counts. And so they do as of any date before."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from profiles.models import Event, Profile
from scoring import follow
from scoring.methods.base import Asked
from scoring.models import Score, ScoreModel
from segments.bitmaps import BitMap64
from segments.world import World
from tests.scoring import oracle
from tests.scoring.scored import ScoredShop

# Before both clock changes of 2026 in Paris, and on some Monday.
STARTS = [
    datetime(2026, 3, 28, 21, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
    datetime(2026, 6, 15, 12, tzinfo=UTC),
]
amounts = st.sampled_from([10, 3, 0.5, -4, -0.25, 7.77])
days = st.sampled_from([1, 3, 7, 30, 45])


@st.composite
def items(draw):
    item = {"event": draw(st.sampled_from(["Viewed", "Ordered"])), "points": draw(amounts)}
    item |= draw(st.fixed_dictionaries({}, optional={"decay": days, "within": days, "most": st.integers(1, 3)}))
    if "most" in item and item.keys() & {"decay", "within"} and draw(st.booleans()):
        item["per"] = draw(st.sampled_from(["day", "week", "month"]))
    if draw(st.booleans()):
        item["where"] = {"property": "category", "op": "is", "value": "shoes"}
    return item | draw(st.sampled_from([{}, {"group": "a"}]))


@st.composite
def configs(draw):
    config = {"items": draw(st.lists(items(), min_size=1, max_size=3))}
    if any(item.get("group") for item in config["items"]) and draw(st.booleans()):
        config["groups"] = {"a": {"most": draw(st.sampled_from([5, 12.5]))}}
    return config | draw(st.sampled_from([{}, {"most": 20}, {"least": 0}, {"most": 15.5, "least": 1}]))


people = st.sampled_from(["clara", "ben", "anon-1", "anon-2"])
ages = st.sampled_from([0, 0, 1, 600, 780, 1440, 3 * 1440 - 1, 7 * 1440, 31 * 1440])
steps = st.one_of(
    st.tuples(
        st.just("does"), people, st.sampled_from(["Viewed", "Ordered"]), ages, st.sampled_from(["shoes", "hats"])
    ),
    st.tuples(st.just("is"), people, st.sampled_from(["a@shop.example", "b@shop.example"])),
    st.tuples(st.just("waits"), st.sampled_from([1, 60, 600, 1440, 6 * 1440, 29 * 1440])),
    st.tuples(st.just("follows")),
    st.tuples(st.just("edits"), configs()),
)


@pytest.mark.django_db
@hypothesis(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "40")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(start=st.sampled_from(STARTS), first=configs(), story=st.lists(steps, min_size=1, max_size=14))
def test_what_is_kept_is_what_the_lines_add_up_to_is_what_happened(start, first, story):
    with transaction.atomic():
        shop = ScoredShop()
        shop.now = start
        shop.scores("it", first)
        shop.passes()
        for step in story:
            act(shop, step)
        shop.passes(timedelta(minutes=1))
        while follow.pending():
            shop.follows()
        check(shop)
        transaction.set_rollback(True)


def act(shop, step):
    match step:
        case ("does", who, event, ago, category):
            shop.does(who, event, ago=timedelta(minutes=ago), category=category)
        case ("is", who, email):
            shop.turns_out_to_be(who, email)
        case ("waits", minutes):
            shop.passes(timedelta(minutes=minutes))
        case ("follows",):
            shop.follows()
        case ("edits", config):
            shop.scores("it", config)


def check(shop):
    model = ScoreModel.objects.get()
    method, world = model.read(), World.now()
    kept = {score.profile_id: score for score in Score.objects.select_related("model")}
    assert kept.keys() == set(Profile.objects.present().values_list("pk", flat=True))
    for profile_id, score in kept.items():
        events = Event.objects.filter(profile_id=profile_id).select_related("name")
        happened = [(event.occurred_at, event.name.name, event.properties) for event in events]
        assert score.value == pytest.approx(oracle.value(model.config, happened, shop.now), abs=1e-9)
        assert sum(reason["points"] for reason in score.reasons) == pytest.approx(score.value, abs=1e-9)
        for ago in (0, 1, 9, 40):
            at = shop.now - timedelta(days=ago)
            lines = method.rows(profile_id, Asked(at, BitMap64([profile_id]), world, {}))
            right = oracle.value(model.config, happened, at)
            assert sum(line.points for line in lines) == pytest.approx(right, abs=1e-9)
