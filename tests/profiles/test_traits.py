"""What is known of a person: every candidate is kept, one wins, and nothing empty or late spoils it."""

from __future__ import annotations

import pytest

from profiles.models import Trait
from tests.profiles.given import applied, browser, identify, message, one_by_one, person, said, source

pytestmark = pytest.mark.django_db


def learn(by: str, at: float, **traits: object) -> None:
    """A source of this name says something of u17."""
    sources = {"shop": source(), "crm": source("crm", "connection", 80), "site": browser(precedence=99)}
    applied(identify("user_id:u17", by=sources[by], at=at, traits=traits))


# (what was said: [source, minute, value], the winner)
CASES = [
    ([("shop", 0, "free")], "free"),
    ([("shop", 0, "free"), ("shop", 1, "pro")], "pro"),
    ([("shop", 1, "pro"), ("shop", 0, "free")], "pro"),
    ([("shop", 0, "free"), ("shop", 2, "free"), ("shop", 1, "pro")], "free"),
    ([("shop", 0, "pro"), ("shop", 1, None)], "pro"),
    ([("shop", 0, "pro"), ("shop", 1, "  ")], "pro"),
    ([("crm", 0, "pro"), ("shop", 1, "free")], "pro"),
    ([("shop", 1, "free"), ("crm", 0, "pro")], "pro"),
    ([("crm", 0, "pro"), ("crm", 1, ""), ("shop", 2, "free")], "pro"),
    ([("shop", 0, "pro"), ("site", 1, "free")], "pro"),
    ([("site", 1, "free"), ("shop", 0, "pro")], "pro"),
    ([("site", 0, "free"), ("site", 1, "trial")], "trial"),
]


@pytest.mark.parametrize(("words", "winner"), CASES)
def test_the_winner(words: list[tuple[str, float, object]], winner: str) -> None:
    for by, at, value in words:
        learn(by, at, plan=value)
    assert person("user_id:u17").traits == {"plan": winner}


def test_of_equally_believed_sources_the_most_recent_word_counts_even_if_it_is_an_old_one() -> None:
    other = source("till", precedence=50)
    learn("shop", 0, plan="free")
    applied(identify("user_id:u17", by=other, at=1, traits={"plan": "pro"}))
    assert person("user_id:u17").traits["plan"] == "pro"
    learn("shop", 2, plan="free")
    assert person("user_id:u17").traits["plan"] == "free"
    assert said("user_id:u17", "plan") == [("free", "shop", 0, None), ("pro", "till", 1, None)]


def test_candidates_are_kept_with_their_time() -> None:
    for at, value in [(0, "free"), (1, "free"), (2, "pro"), (3, ""), (4, "free")]:
        learn("shop", at, plan=value)
    assert said("user_id:u17", "plan") == [("free", "shop", 0, 2), ("pro", "shop", 2, 4), ("free", "shop", 4, None)]


def test_a_late_value_takes_its_place_in_the_past() -> None:
    learn("shop", 0, plan="free")
    learn("shop", 10, plan="pro")
    learn("shop", 5, plan="trial")
    learn("shop", -5, plan="none yet")
    expected = [
        ("none yet", "shop", -5, 0),
        ("free", "shop", 0, 5),
        ("trial", "shop", 5, 10),
        ("pro", "shop", 10, None),
    ]
    assert said("user_id:u17", "plan") == expected


def test_a_late_value_parts_what_was_said_before_and_after_it() -> None:
    learn("shop", 0, plan="free")
    learn("shop", 10, plan="free")
    learn("shop", 5, plan="pro")
    assert said("user_id:u17", "plan") == [("free", "shop", 0, 5), ("pro", "shop", 5, 10), ("free", "shop", 10, None)]
    assert person("user_id:u17").traits == {"plan": "free"}


def test_after_a_merge_both_histories_are_one() -> None:
    one_by_one(
        [
            identify("user_id:u17", at=0, traits={"plan": "free", "city": "Paris"}),
            identify("anonymous_id:dev1", at=5, traits={"plan": "pro"}),
            identify("user_id:u17", at=10, traits={"plan": "trial"}),
            message("anonymous_id:dev1", "user_id:u17", at=11),
        ]
    )
    assert said("user_id:u17", "plan") == [("free", "shop", 0, 5), ("pro", "shop", 5, 10), ("trial", "shop", 10, None)]
    assert person("user_id:u17").traits == {"plan": "trial", "city": "Paris"}


def test_the_absorbed_bring_what_the_survivor_lacks() -> None:
    one_by_one(
        [
            message("user_id:u17"),
            identify("anonymous_id:dev1", at=1, traits={"plan": "pro"}),
            message("anonymous_id:dev1", "user_id:u17", at=2),
        ]
    )
    assert person("user_id:u17").traits == {"plan": "pro"}


def test_a_trait_is_defined_by_its_first_value_and_later_values_take_its_type() -> None:
    learn("shop", 0, visits=3, code="17", firstName="Anna")
    learn("shop", 1, visits="4", code=18)
    assert person("user_id:u17").traits == {"visits": 4, "code": "18", "first_name": "Anna"}
    types = dict(Trait.objects.values_list("key", "type"))
    assert types == {"visits": "number", "code": "text", "first_name": "text"}


def test_one_is_not_true_and_a_half_is_not_two() -> None:
    learn("shop", 0, member=True, rate=1)
    learn("shop", 1, rate=1.5)
    assert person("user_id:u17").traits == {"member": True, "rate": 1.5}
