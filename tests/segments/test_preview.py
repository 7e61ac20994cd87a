"""What the builder is told while a rule is written: counts, what was asked for them, remarks with what mends them."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.utils import timezone
from psycopg import sql

from segments import counting, overrides
from segments.bitmaps import ask_set
from segments.counting import SupersededError
from segments.leaves import Condition
from segments.leaves.base import _registry
from segments.preview import preview
from segments.refresh import refresh
from tests.segments.shop import Shop

FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
NOT_FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR", "not": True}}
GERMAN = {"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}
NOT_GERMAN = {"where": {"attribute": "traits.country", "op": "is", "value": "DE", "not": True}}
BOUGHT = {"did": {"event": "Order Completed"}}


@pytest.fixture
def shop(db):
    cache.clear()
    shop = Shop()
    shop.now = timezone.now()
    shop.is_known("clara", country="FR", age=30)
    shop.is_known("bruno", country="DE", age=50)
    shop.is_known("chloe", age=20)
    for _time in range(2):
        shop.does("clara", "Order Completed", ago=timedelta(days=3))
    shop.does("chloe", "Page Viewed", ago=timedelta(days=1))
    yield shop
    cache.clear()


def remarks(rule):
    return {(note.path, note.message) for note in preview(rule).notes}


def offers(rule):
    return [note.offer for note in preview(rule).notes if note.offer]


def test_only_what_changed_is_asked(shop):
    conditions = [
        *(FRENCH, BOUGHT, {"inactive": {"for": "9 days"}}),
        *({"did": {"event": "Page Viewed", "at_least": count}} for count in range(1, 6)),
    ]
    rule = {"all": conditions}
    first = preview(rule)
    assert first.asked == len(conditions) + 1  # and everybody
    assert preview(rule).asked == 0
    assert preview({"any": [{"none": conditions[:4]}, *conditions[4:]]}).asked == 1  # is a country known?
    assert preview({"all": [*conditions[:7], {"did": {"event": "Page Viewed", "at_least": 9}}]}).asked == 1
    assert preview({"any": [{"all": conditions[:4]}, *conditions[4:]]}).asked == 0


def test_what_is_kept_is_not_asked(shop):
    shop.publishes("french", {"all": [FRENCH, BOUGHT]})
    refresh()
    assert preview({"any": [FRENCH, BOUGHT]}).asked == 0


def test_a_condition_that_takes_long_is_estimated_among_a_sample_and_exactly_when_asked_to(shop, monkeypatch):
    for number in range(60):
        shop.is_known(f"user-{number}", country="FR" if number % 2 else "DE")
    monkeypatch.setattr(counting, "SAMPLE", 20)
    monkeypatch.setattr(counting, "QUICK", timedelta(milliseconds=1))
    slow = {"where": {"attribute": "traits.country", "op": "matches", "value": "^(F|F)*R$"}}
    monkeypatch.setattr(counting, "_answer", _never_in_a_millisecond(counting._answer))
    estimated = preview({"all": [slow]}, exact=False)
    assert estimated.estimated == ["", "0"]
    assert estimated.everybody == 63
    assert 10 <= estimated.total <= 53
    assert len(estimated.enters) < 20
    assert estimated.size(estimated.enters) == estimated.total
    exact = preview({"all": [slow]})
    assert exact.estimated == []
    assert exact.total == 31
    assert preview({"all": [slow]}, exact=False).estimated == []


def _never_in_a_millisecond(answer):
    """A small shop answers quicker than any limit: of everybody, what is to be quick takes too long here."""

    def slow(leaf, at, among, world, limit):
        if among is None and limit < timedelta(seconds=1):
            raise counting.RuleError("", "This takes too long")
        return answer(leaf, at, among, world, limit)

    return slow


def test_everybody_in_the_sample_is_told_why(shop):
    seen = preview({"all": [{"any": [FRENCH, {"did": {"event": "Page Viewed"}}]}, {"none": [GERMAN]}]})
    told = {shop.id_of("clara"): "country FR", shop.id_of("chloe"): "Page Viewed 1 time"}
    assert seen.reasons == told
    assert set(preview({"all": [NOT_GERMAN, BOUGHT]}).reasons.values()) == {"Order Completed 2 times · country FR"}
    assert set(preview({"none": [BOUGHT]}).reasons.values()) == {""}


def test_people_in_and_out_by_hand_are_counted_with_the_segment_and_not_with_the_rule(shop):
    segment = shop.publishes("french", {"all": [FRENCH]})
    overrides.put(segment, shop.id_of("bruno"), True, reason="a friend", author=None)
    refresh()
    seen = preview({"all": [FRENCH]}, segment)
    assert (seen.total, seen.counts[""], len(seen.enters), len(seen.leaves)) == (2, 1, 0, 0)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"all": [FRENCH, GERMAN]}, "“country is FR” and “country is DE” never hold for the same person."),
        ({"all": [FRENCH, GERMAN]}, "This can never match anybody: its conditions contradict each other."),
        ({"all": [FRENCH, NOT_FRENCH]}, "This can never match anybody: its conditions contradict each other."),
        (
            {"all": [{"did": {"event": "Order Completed", "at_least": 2}}, {"none": [BOUGHT]}]},
            "This can never match anybody: its conditions contradict each other.",
        ),
        (
            {"all": [{"inactive": {"for": "1 month"}}, {"did": {"event": "Page Viewed", "within": "2 weeks"}}]},
            "This can never match anybody: its conditions contradict each other.",
        ),
        (
            {"all": [{"did": {"event": "Page Viewed", "between": ["10 days", "20 days"]}}]},
            "This can never hold: look at its period and its numbers.",
        ),
        ({"any": [FRENCH, NOT_FRENCH]}, "This matches everyone, whatever is known of them."),
        ({"any": [NOT_FRENCH, NOT_GERMAN]}, "This matches everyone, whatever is known of them."),
        ({"all": [{"did": {"event": "Order Completed", "at_least": 0}}]}, "This always holds, of everybody."),
        ({"any": [FRENCH, {"where": {"attribute": "traits.country", "op": "any_of", "value": ["FR", "DE"]}}]},
         "The other conditions say this already."),
        ({"all": [{"did": {"event": "Order Completed", "at_least": 2}}, BOUGHT]},
         "The other conditions say this already."),
        ({"all": [NOT_FRENCH, BOUGHT]}, "including 1 for whom it is unknown"),
        ({"none": [FRENCH, BOUGHT]}, "including 1 of whom country is unknown"),
        ({"all": [{"did": {"event": "Ordr Completed"}}]}, "Nobody ever did “Ordr Completed” so far."),
        ({"all": [FRENCH, GERMAN, {"did": {"event": "Ordr"}}]}, "Nobody ever did “Ordr” so far."),
        ({"all": [FRENCH, {"did": {"event": "Page Viewed"}}]}, "This matches nobody at the moment."),
        ({"all": [FRENCH, {"where": {"attribute": "traits.age", "op": "over", "value": 25}}]},
         "Changes nothing at the moment: whoever fits the other conditions fits this one."),
        ({"any": [{"where": {"attribute": "traits.age", "op": "known"}}, FRENCH]}, "This matches everyone."),
        ({"all": [{"any": [{"none": [BOUGHT]}, {"none": [{"did": {"event": "Page Viewed"}}]}]}]},
         "one of these always holds, so this group matches everyone"),
    ],
)  # fmt: skip
def test_the_author_is_told(shop, rule, expected):
    if "Page Viewed" not in str(rule) or "FR" in str(rule):
        shop.does("clara", "Order Completed")
    assert expected in {message for _path, message in remarks(rule)}


@pytest.mark.parametrize(
    "rule",
    [
        {"all": [FRENCH, BOUGHT]},
        {"none": [{"none": [FRENCH]}]},
        {"any": [FRENCH, {"did": {"event": "Page Viewed"}}]},
        {"all": [{"where": {"attribute": "traits.country", "op": "known", "not": True}}]},
    ],
)
def test_nothing_is_said_of_what_is_meant(shop, rule):
    shop.does("denise", "Order Completed")
    shop.is_known("emile", country="FR")
    assert remarks(rule) == set()


def test_the_unknown_are_taken_out_by_one_click(shop):
    known = {"where": {"attribute": "traits.country", "op": "known"}}
    assert [(offer.do, offer.rule) for offer in offers({"all": [NOT_FRENCH, BOUGHT]})] == [("beside", known)]
    assert ("replace", {"all": [NOT_FRENCH, known]}) in [
        (offer.do, offer.rule) for offer in offers({"any": [NOT_FRENCH, BOUGHT]})
    ]
    assert remarks({"all": [NOT_FRENCH, known, {"where": {"attribute": "traits.age", "op": "over", "value": 18}}]}) == {
        ("2", "Changes nothing at the moment: whoever fits the other conditions fits this one.")
    }


def test_of_more_conditions_than_can_be_reasoned_about_groups_are(shop):
    many = [{"did": {"event": f"Event {number}"}} for number in range(20)]
    said = remarks({"any": [*many, {"all": [FRENCH, GERMAN]}]})
    assert ("20", "“country is FR” and “country is DE” never hold for the same person.") in said


def test_a_denial_of_two_things_is_offered_as_all_of_these(shop):
    either = {"any": [NOT_FRENCH, NOT_GERMAN]}
    assert ("combine", "all") in [(offer.do, offer.kind) for offer in offers({"all": [BOUGHT, either]})]
    two = {"any": [NOT_FRENCH, {"did": {"event": "Order Completed", "none": True}}]}
    assert "With “any of these”, a person needs to be only one of the things that are denied here." in {
        message for _path, message in remarks({"all": [BOUGHT, two]})
    }


@dataclass(frozen=True)
class Endless(Condition):
    """Takes minutes."""

    key = "endless"

    @classmethod
    def parse(cls, raw, path):
        return cls()

    def body(self):
        return {}

    @classmethod
    def ask(cls, leaves, at, among, world):
        return dict.fromkeys(leaves, ask_set(sql.SQL("SELECT 1::bigint AS profile_id FROM pg_sleep(300)")))

    def sentence(self, world):
        return "endless"


# A class defined is a condition registered: this one only for its test.
_registry.pop("endless")


def test_another_question_of_the_same_page_ends_the_one_before_and_nobody_elses(transactional_db, monkeypatch):
    monkeypatch.setitem(_registry, "endless", Endless)
    cache.clear()
    ended = []

    def ask():
        try:
            preview({"endless": {}}, asker="7 page")
        except SupersededError as error:
            ended.append(error)
        connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    while not _counting("kith counts 7 page"):
        time.sleep(0.05)
    for other in ("7 elsewhere", "8 page", ""):
        preview({"share": {"percent": 5}}, asker=other)
    time.sleep(0.2)
    assert thread.is_alive()
    preview({"share": {"percent": 5}}, asker="7 page")
    thread.join(20)
    assert ended
    assert not _counting("kith counts 7 page")


def _counting(name):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND query LIKE '%%pg_sleep%%'"
            " AND state = 'active' AND pid <> pg_backend_pid()",
            [name],
        )
        return cursor.fetchone()[0]
