"""Keeping scores true: by the worker, by the clock, through edits and merges, and when something fails."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from profiles import changes
from profiles.locks import advisory_lock
from profiles.models import Change, Followup, Trait
from scoring import edit, follow, refresh
from scoring.errors import ScoreError
from scoring.methods import base
from scoring.models import Score, ScoreModel, ScoreVersion
from scoring.moves import READER
from segments.errors import RuleError
from segments.models import Segment
from segments.publish import publish
from tests.scoring.scored import ScoredShop

DAY = timedelta(days=1)
VIEW = {"event": "Viewed", "points": 10}
BANDS = [{"name": "cold"}, {"name": "warm", "enter": 20}, {"name": "hot", "enter": 50}]
FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}


@pytest.fixture
def shop(db):
    return ScoredShop()


# --- Followed -----------------------------------------------------------------------------------


def test_the_worker_scores_whom_something_changed_about(shop):
    shop.gives(items=[VIEW], bands=BANDS)
    shop.passes()
    shop.does("clara", "Viewed")
    assert follow.pending()
    assert shop.follows() == 1
    assert not follow.pending()
    assert shop.value("clara") == 10
    assert ScoreModel.objects.get().people == Score.objects.count() == 1


def test_a_model_that_was_never_computed_waits_for_the_clock(shop):
    shop.gives(items=[VIEW])
    shop.does("clara", "Viewed")
    shop.follows()
    assert not Score.objects.exists()
    shop.passes()
    assert shop.value("clara") == 10


def test_only_what_moved_is_written(shop):
    for user in ("clara", "ben"):
        shop.does(user, "Viewed")
    shop.gives(items=[VIEW])
    shop.passes()
    before = shop.score("ben").computed_at
    shop.does("clara", "Viewed")
    shop.does("ben", "Something Else")
    assert shop.follows() == 1
    assert shop.score("ben").computed_at == before
    assert refresh.refresh(at=shop.now, anew=True) == 0


def test_while_another_run_computes_the_worker_leaves_the_queue_alone(shop):
    shop.gives(items=[VIEW])
    shop.passes()
    shop.does("clara", "Viewed")
    with advisory_lock(refresh.LOCK):
        assert not follow.pending()
        assert shop.follows() == 0
    assert changes.waiting(READER)
    assert shop.follows() == 1


def test_what_failed_is_looked_at_again(shop, monkeypatch):
    shop.gives(items=[VIEW])
    shop.passes()
    shop.does("clara", "Viewed")
    monkeypatch.setattr(refresh.moves, "tell", _break)
    with pytest.raises(ArithmeticError):
        shop.follows()
    monkeypatch.undo()
    assert shop.score("clara") is None
    assert shop.follows() == 1


def _break(*_args):
    raise ArithmeticError


# --- The clock ------------------------------------------------------------------------------------


def test_points_fall_when_a_day_ends_and_not_before(shop):
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW | {"decay": 10}])
    shop.passes()
    assert shop.passes(timedelta(hours=9)) == 0  # 23:00 in Paris
    assert shop.passes(timedelta(hours=2)) == 1
    assert shop.value("clara") == 9


def test_a_condition_that_the_clock_moves_gives_its_points_on_time(shop):
    rule = {"did": {"event": "Viewed", "within": "2 hours"}}
    shop.does("clara", "Viewed")
    shop.does("ben", "Something Else")
    shop.gives(items=[{"rule": rule, "points": 5}])
    shop.passes()
    assert shop.passes(timedelta(minutes=119)) == 0
    assert shop.value("clara") == 5
    assert shop.passes(timedelta(minutes=2)) == 1
    assert (shop.value("clara"), shop.value("ben")) == (0, 0)


def test_membership_in_a_segment_is_followed(shop):
    shop.publishes("french", FRENCH)
    shop.is_known("clara", country="DE")
    shop.refreshes()
    shop.gives(items=[{"rule": {"in": {"segment": "french"}}, "points": 5}])
    shop.passes()
    shop.is_known("clara", country="FR")
    shop.follows()
    assert shop.value("clara") == 0  # the segment has not been refreshed yet
    shop.refreshes()
    assert follow.pending()
    shop.follows()
    assert shop.value("clara") == 5
    assert not follow.pending()


def test_a_score_that_asks_another_one_follows_it(shop):
    shop.gives("base", items=[VIEW])
    shop.gives(
        "upper", items=[{"rule": {"where": {"attribute": "scores.base", "op": "over", "value": 15}}, "points": 1}]
    )
    shop.does("clara", "Viewed")
    shop.passes()
    shop.follows()
    shop.does("clara", "Viewed")
    while follow.pending():
        shop.follows()
    assert (shop.value("clara", "base"), shop.value("clara", "upper")) == (20, 1)


# --- Rules ask scores -----------------------------------------------------------------------------


def test_a_segment_asks_a_score_and_its_band(shop):
    shop.gives(items=[VIEW], bands=BANDS)
    shop.publishes("over", {"where": {"attribute": "scores.it", "op": "over", "value": 15}})
    shop.publishes("warm", {"where": {"attribute": "scores.it.band", "op": "is", "value": "warm"}})
    shop.does("clara", "Viewed")
    shop.does("clara", "Viewed")
    shop.does("ben", "Viewed")
    shop.passes()
    shop.refreshes()
    assert shop.members("over") == shop.members("warm") == {"clara"}
    shop.does("ben", "Viewed")
    shop.refreshes()
    shop.follows()
    shop.refreshes()
    assert shop.members("over") == shop.members("warm") == {"ben", "clara"}


def test_a_score_that_a_segment_asks_must_not_ask_it(shop):
    shop.gives(items=[VIEW])
    shop.publishes("leads", {"where": {"attribute": "scores.it", "op": "over", "value": 15}})
    shop.publishes("more", {"in": {"segment": "leads"}})
    with pytest.raises(ScoreError, match=r"scores.it → more → leads → scores.it"):
        shop.gives(items=[VIEW, {"rule": {"in": {"segment": "more"}}, "points": 1}])
    assert ScoreModel.objects.get().version == 1


def test_a_segment_that_a_score_asks_must_not_ask_it(shop):
    shop.publishes("leads", FRENCH)
    shop.gives("inner", items=[{"rule": {"in": {"segment": "leads"}}, "points": 1}])
    inner = {"where": {"attribute": "scores.inner", "op": "over", "value": 0}}
    shop.gives("outer", items=[{"rule": inner, "points": 1}])
    with pytest.raises(RuleError, match=r"leads → scores.outer → leads"):
        shop.publishes("leads", {"where": {"attribute": "scores.outer", "op": "over", "value": 0}})
    shop.publishes("others", {"where": {"attribute": "scores.outer", "op": "over", "value": 0}})


def test_two_scores_must_not_ask_each_other_not_even_by_their_moves(shop):
    shop.gives("one", items=[VIEW])
    moved = {"event": "Score Changed", "where": [{"property": "model", "op": "is", "value": "one"}]}
    shop.gives("two", items=[{"rule": {"did": moved}, "points": 1}])
    with pytest.raises(ScoreError, match=r"scores.one → scores.two → scores.one"):
        shop.gives("one", items=[{"rule": {"where": {"attribute": "scores.two", "op": "known"}}, "points": 1}])
    with pytest.raises(ScoreError, match=r"scores.three → scores.three"):
        shop.gives("three", items=[{"rule": {"did": {"event": "Score Changed"}}, "points": 1}])


def test_a_score_that_others_ask_is_not_taken_away(shop):
    shop.gives(items=[VIEW])
    segment = shop.publishes("leads", {"where": {"attribute": "scores.it", "op": "over", "value": 15}})
    with pytest.raises(ScoreError, match="leads"):
        edit.withdraw(ScoreModel.objects.get())
    segment.delete()
    edit.withdraw(ScoreModel.objects.get())
    assert not ScoreModel.objects.exists()


# --- Told -----------------------------------------------------------------------------------------


def test_another_band_is_an_event_and_a_step_is_none(shop):
    shop.gives(items=[VIEW], bands=BANDS, notable=100)
    shop.passes()
    for _again in range(5):
        shop.does("clara", "Viewed")
        shop.follows()
    assert shop.told("clara") == [("cold", "warm"), ("warm", "hot")]
    assert (shop.score("clara").previous_band, shop.band("clara")) == ("warm", "hot")
    assert Change.objects.filter(topic="score:it").count() == 5
    assert not Followup.objects.filter(reader=READER).exists()


def test_a_notable_move_within_a_band_is_an_event(shop):
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW], bands=[{"name": "all"}], notable=20)
    shop.passes()
    for _again in range(4):
        shop.does("clara", "Viewed")
        shop.follows()
    assert shop.told("clara") == [("all", "all")] * 2


def test_an_edit_is_told_to_nobody(shop):
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW], bands=BANDS)
    shop.passes()
    shop.gives(items=[VIEW | {"points": 60}], bands=BANDS)
    shop.passes()
    assert (shop.band("clara"), shop.told("clara")) == ("hot", [])
    assert shop.score("clara").version == 2


def test_who_has_no_score_any_more_is_told(shop):
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW], bands=BANDS, audience={"none": [{"did": {"event": "Ordered"}}]})
    shop.passes()
    shop.does("clara", "Ordered")
    shop.follows()
    assert shop.told("clara") == [("cold", None)]


# --- Edits, and what cannot be computed ------------------------------------------------------------


def test_a_configuration_of_before_comes_back(shop):
    shop.does("clara", "Viewed")
    model = shop.gives(items=[VIEW])
    shop.gives(items=[VIEW | {"points": 60}])
    edit.roll_back(ScoreModel.objects.get(), 1, None)
    shop.passes()
    assert shop.value("clara") == 10
    numbers = ScoreVersion.objects.filter(model=model).values_list("number", "config__items__0__points")
    assert list(numbers) == [(3, 10), (2, 60), (1, 10)]


def test_a_score_that_means_nothing_any_more_freezes_and_says_so(shop):
    shop.is_known("clara", country="FR")
    shop.gives(items=[{"rule": FRENCH, "points": 5}])
    shop.passes()
    trait = Trait.objects.get(key="country")
    Trait.objects.filter(pk=trait.pk).update(key="land")
    for look in (shop.follows, lambda: shop.passes(2 * DAY)):
        look()
        assert "traits.country" in ScoreModel.objects.get().error
        assert shop.value("clara") == 5
    Trait.objects.filter(pk=trait.pk).update(key="country")
    shop.is_known("clara", country="IT")
    shop.passes()
    assert ScoreModel.objects.get().error == ""
    assert shop.value("clara") == 0


def test_a_score_that_the_database_cannot_compute_freezes_and_others_go_on(shop):
    shop.does("clara", "Viewed", page="x")
    model = shop.gives("bad", items=[VIEW])
    shop.gives("good", items=[VIEW])
    shop.passes()
    # A pattern that is one for Python, which checks it, and none for PostgreSQL.
    bad = {"event": "Viewed", "points": 1, "where": [{"property": "page", "op": "matches", "value": r"(?P<a>x)"}]}
    edit.save(model, {"items": [bad]}, None)
    shop.does("clara", "Viewed", page="x")
    shop.follows()
    shop.passes()
    model.refresh_from_db()
    assert "regular expression" in model.error
    assert model.computed_version == 1
    assert (shop.value("clara", "bad"), shop.value("clara", "good")) == (10, 20)
    shop.passes(timedelta(minutes=5))
    edit.save(model, {"items": [VIEW]}, None)
    shop.passes()
    assert shop.value("clara", "bad") == 20


@pytest.mark.parametrize("method", ["points", "no such method"])
def test_a_method_that_does_not_exist_is_refused(shop, method, monkeypatch):
    monkeypatch.setattr(base, "_registry", {})
    with pytest.raises(ScoreError, match="There is no method"):
        shop.scores("it", {}, method)


# --- Merges -----------------------------------------------------------------------------------------


def test_who_turn_out_to_be_one_have_one_score(shop):
    shop.gives(items=[VIEW], bands=BANDS)
    shop.turns_out_to_be("anon-1", "clara@shop.example")
    shop.does("anon-1", "Viewed")
    shop.does("clara", "Viewed")
    shop.passes()
    assert sorted(Score.objects.values_list("value", flat=True)) == [10, 10]
    shop.turns_out_to_be("clara", "clara@shop.example")
    shop.follows()
    assert list(Score.objects.values_list("profile_id", "value")) == [(shop.id_of("clara"), 20)]
    assert ScoreModel.objects.get().people == 1
    assert shop.told("clara") == [("cold", "warm")]


# --- Together ------------------------------------------------------------------------------------------


def test_an_edit_while_it_is_computed_is_computed_again(transactional_db, monkeypatch):
    shop = ScoredShop()
    shop.does("clara", "Viewed")
    shop.gives(items=[VIEW])
    write, edited = refresh.store.write, threading.Event()

    def slowly(*args):
        found = write(*args)
        if not edited.is_set():
            edited.set()
            other = threading.Thread(target=_edited_elsewhere)
            other.start()
            other.join()
        return found

    monkeypatch.setattr(refresh.store, "write", slowly)
    shop.passes()
    model = ScoreModel.objects.get()
    assert (model.version, model.computed_version, shop.value("clara")) == (2, 2, 60)


def _edited_elsewhere():
    edit.save(ScoreModel.objects.get(), {"items": [VIEW | {"points": 60}]}, None)
    connections.close_all()


def test_a_segment_of_the_same_name_is_something_else(shop):
    shop.gives("vip", items=[VIEW])
    publish(Segment(slug="vip", name="VIP"), {"where": {"attribute": "scores.vip", "op": "over", "value": 1}}, None)
