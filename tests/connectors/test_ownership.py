"""Whose word counts, as a table; and values in the form of the other side."""

from __future__ import annotations

import pytest

from connectors.adapters.base import Field
from connectors.fitting import fitted, same
from connectors.ownership import UNKNOWN, Decision, Move, Sides, decide

KEEP, TAKE, SEND = Move.KEEP, Move.TAKE, Move.SEND
# ours, theirs, ours before, theirs before
HERE = ("new", "old", "old", "old")
THERE = ("old", "new", "old", "old")
BOTH = ("mine", "yours", "old", "old")
AGREED = ("06 12", "0612", "06 12", "0612")
FIRST = ("mine", "yours", UNKNOWN, UNKNOWN)
BLANK_HERE = (None, "yours", "old", "yours")
BLANK_THERE = ("mine", None, "mine", "old")


@pytest.mark.parametrize(
    ("owner", "sides", "move"),
    [
        *(("kith", sides, SEND) for sides in (HERE, THERE, BOTH, FIRST, BLANK_THERE)),
        *(("crm", sides, TAKE) for sides in (HERE, THERE, BOTH, FIRST, BLANK_HERE)),
        ("kith", BLANK_HERE, KEEP),
        ("crm", BLANK_THERE, KEEP),
        ("recent", HERE, SEND),
        ("recent", THERE, TAKE),
        ("recent", BOTH, SEND),
        ("recent", BLANK_HERE, KEEP),
        ("recent", BLANK_THERE, KEEP),
        ("crm_unless_blank", BOTH, TAKE),
        ("crm_unless_blank", BLANK_THERE, SEND),
        ("kith_unless_blank", BOTH, SEND),
        ("kith_unless_blank", BLANK_HERE, TAKE),
        *((owner, AGREED, KEEP) for owner in ("kith", "crm", "recent", "crm_unless_blank", "kith_unless_blank")),
        *(("off", sides, KEEP) for sides in (HERE, THERE, BOTH, FIRST)),
    ],
)
def test_a_field_goes_where_its_owner_says(owner, sides, move):
    assert decide(owner, Sides(*sides), same, lambda: True).move is move


def test_of_two_changes_the_later_one_counts():
    assert decide("recent", Sides(*BOTH), same, lambda: False) == Decision(TAKE, conflict=True)


def test_a_blank_is_sent_where_the_field_opts_in():
    assert decide("kith", Sides(None, "x", "x", "x"), same, lambda: True, blank=True).move is SEND


@pytest.mark.parametrize(("owner", "sides"), [("kith", HERE), ("recent", THERE), ("kith", FIRST)])
def test_it_is_no_conflict_when_only_one_side_changed(owner, sides):
    assert not decide(owner, Sides(*sides), same, lambda: True).conflict


@pytest.mark.parametrize(
    ("value", "field", "expected"),
    [
        (["a", "b"], Field("x", "x"), "a, b"),
        (12.0, Field("x", "x"), "12"),
        ("abcdef", Field("x", "x", size=3), "abc"),
        ("12.5", Field("x", "x", "number"), 12.5),
        ("many", Field("x", "x", "number"), None),
        ("2026-05-01T10:00:00Z", Field("x", "x", "date"), "2026-05-01"),
        ("yes", Field("x", "x", "boolean"), True),
        ("a", Field("x", "x", "list"), ["a"]),
        ("  ", Field("x", "x"), None),
    ],
)
def test_a_value_is_given_the_form_of_the_field(value, field, expected):
    assert fitted(value, field) == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1, 1.0, True),
        (1, "1", True),
        ("01", "1", False),
        (["b", "a"], ["a", "b"], True),
        (None, "", True),
        (None, 0, False),
        (True, "true", True),
        (" a ", "a", True),
    ],
)
def test_what_says_the_same_is_the_same(a, b, expected):
    assert same(a, b) is expected
