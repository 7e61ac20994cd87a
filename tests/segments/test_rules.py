"""What can be said as a rule, and what is refused: with the place, and never skipped."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.models import EventType, Trait
from segments import rules
from segments.errors import RuleError
from segments.leaves import conditions
from segments.world import World

FR = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}
REFUSED = [
    # (rule, path of the fault)
    (None, ""),
    ([], ""),
    ({}, ""),
    ({"all": []}, ""),
    ({"all": [FR], "any": [FR]}, ""),
    ({"all": [FR, {"any": []}]}, "1"),
    ({"all": [FR, {"any": [FR, {}]}]}, "1.1"),
    ({"everybody": {}}, ""),
    ({"perhaps": [FR]}, ""),
    ({"where": "country"}, ""),
    ({"where": {"attribute": "traits.country", "op": "resembles", "value": "FR"}}, ""),
    ({"where": {"attribute": "traits.country", "op": ["is"], "value": "FR"}}, ""),
    ({"where": {"attribute": "traits.country", "op": "is"}}, ""),
    ({"where": {"attribute": "traits.country", "op": "is", "value": "a\0b"}}, ""),
    ({"where": {"attribute": "traits.country", "op": "is", "value": "FR", "values": "DE"}}, ""),
    ({"where": {"attribute": "traits.country", "op": "any_of", "value": []}}, ""),
    ({"where": {"attribute": "traits.country", "op": "known", "value": "FR"}}, ""),
    ({"where": {"attribute": "traits.age", "op": "between", "value": [30, 18]}}, ""),
    ({"where": {"attribute": "traits.age", "op": "over", "value": True}}, ""),
    ({"where": {"attribute": "traits.age", "op": "over", "value": float("nan")}}, ""),
    ({"where": {"attribute": "traits.age", "op": "over", "value": float("inf")}}, ""),
    ({"where": {"attribute": "traits.born", "op": "on", "value": "2026-02-31"}}, ""),
    ({"where": {"attribute": "traits.born", "op": "in_last", "value": "3 hours"}}, ""),
    ({"where": {"attribute": "traits.country", "op": "matches", "value": "("}}, ""),
    ({"all": [{"did": {"event": ""}}]}, "0"),
    ({"did": {"event": "A", "at_least": 2, "at_most": 3}}, ""),
    ({"did": {"event": "A", "at_least": -1}}, ""),
    ({"did": {"event": "A", "at_least": 1.5}}, ""),
    ({"did": {"event": "A", "at_least": True}}, ""),
    ({"did": {"event": "A", "none": False}}, ""),
    ({"did": {"event": "A", "within": "30 days", "since": "2026-01-01"}}, ""),
    ({"did": {"event": "A", "between": ["30 days"]}}, ""),
    ({"did": {"event": "A", "since": "2026-02-01", "until": "2026-01-01"}}, ""),
    ({"did": {"event": "A", "where": [{"op": "is", "value": 1}]}}, ""),
    ({"did": {"event": "A", "where": [{"property": "p", "op": "is", "value": 1, "within": "1 day"}]}}, ""),
    ({"did": {"event": "A", "sometimes": True}}, ""),
    ({"inactive": {}}, ""),
    ({"in": {}}, ""),
]


@pytest.mark.parametrize(("rule", "path"), REFUSED)
def test_what_cannot_be_read_is_refused_at_its_place(rule, path):
    with pytest.raises(RuleError) as caught:
        rules.parse(rule)
    assert caught.value.path == path
    assert caught.value.message


def test_groups_nest_ten_deep_and_no_deeper():
    rule = FR
    for _ in range(rules.MAX_DEPTH):
        rule = {"all": [rule]}
    rules.parse(rule)
    with pytest.raises(RuleError):
        rules.parse({"all": [rule]})


def test_a_rule_has_at_most_a_hundred_conditions():
    rules.parse({"all": [FR] * rules.MAX_CONDITIONS})
    with pytest.raises(RuleError):
        rules.parse({"all": [FR] * (rules.MAX_CONDITIONS + 1)})


@pytest.mark.parametrize(
    "raw",
    [{kind.key: example} for kind in conditions().values() for example in kind.examples if kind.label],
)
def test_an_example_comes_back_as_it_was_read(raw):
    once = rules.parse(raw)
    assert rules.parse(once.to_json()) == once


@pytest.mark.parametrize(
    "raw",
    [{kind.key: example} for kind in conditions().values() for example in kind.examples if kind.label],
)
def test_a_leaf_is_the_same_when_it_is_read_from_what_is_kept_of_it(raw):
    for digest, leaf in rules.leaves(rules.normal(rules.parse(raw))).items():
        assert rules.parse(leaf.to_json()).digest == digest


def test_equal_conditions_are_one_leaf_however_they_are_written():
    shoes = {"property": "category", "op": "is", "value": "shoes"}
    cheap = {"property": "price", "op": "under", "value": 10}
    written = [
        {"did": {"event": "A", "where": [shoes, cheap], "within": "1 day"}},
        {"did": {"within": "1 days", "where": [cheap, shoes], "at_least": 1, "event": "A"}},
    ]
    assert len(rules.leaves(rules.parse({"any": written}))) == 1


@pytest.mark.parametrize(
    ("counts", "leaves"),
    [
        ({"none": True}, [1]),
        ({"at_most": 2}, [3]),
        ({"exactly": 2}, [2, 3]),
        ({"at_least": 2}, [2]),
        ({"at_most": 0}, [1]),
    ],
)
def test_every_count_is_made_of_at_least(counts, leaves):
    found = rules.leaves(rules.normal(rules.parse({"did": {"event": "A", **counts}})))
    assert sorted(leaf.count for leaf in found.values()) == leaves


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rule",
    [
        {"where": {"attribute": "traits.deleted", "op": "is", "value": "FR"}},
        {"where": {"attribute": "traits.age", "op": "contains", "value": "1"}},
        {"in": {"segment": "deleted"}},
    ],
)
def test_a_name_that_means_nothing_is_refused_when_checked(rule):
    Trait.objects.create(key="age", type="number")
    with pytest.raises(RuleError) as caught:
        rules.check(rules.parse({"all": [{"did": {"event": "A"}}, rule]}), World.now())
    assert caught.value.path == "1"


@pytest.mark.django_db
def test_a_rule_reads_as_a_sentence():
    Trait.objects.create(key="country", type="text")
    EventType.objects.create(name="Order Completed")
    rule = {
        "all": [
            {"where": {"attribute": "traits.country", "op": "is", "value": "FR", "not": True}},
            {"did": {"event": "Order Completed", "at_least": 2, "within": "30 days"}},
            {"none": [{"inactive": {"for": "14 days"}}]},
        ]
    }
    assert rules.sentence(rules.parse(rule), World.now()) == (
        "country is not FR and did Order Completed at least 2 times in the last 30 days and not (inactive for 14 days)"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["all", "any", "none", "where", "did", "in", "inactive", "op", "value", "event", "within", "for"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_whatever_json_comes_it_is_read_or_refused(raw):
    with contextlib.suppress(RuleError):
        rules.parse(raw)
