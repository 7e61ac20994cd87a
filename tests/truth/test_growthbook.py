"""GrowthBook's test cases of conditions: what our operators can express agrees; the rest is listed in the docs."""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from profiles.models import Change, Profile, Trait
from segments import rules
from segments.errors import RuleError
from segments.models import Membership, Segment
from segments.refresh import refresh
from segments.world import World
from tests.truth.growthbook import REASONS, Case, InexpressibleError

TRUTH = Path(os.environ.get("KITH_TRUTH") or Path(__file__).resolve().parents[3] / "shared" / "truth")
CASES = TRUTH / "growthbook" / "eval_condition.json"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "growthbook.md"
REFUSED, AGREES = "refused", "the same answer"

pytestmark = [
    pytest.mark.skipif(not CASES.exists(), reason=f"no {CASES}: set KITH_TRUTH to where the truth is"),
    pytest.mark.django_db,
]


@pytest.fixture
def told():
    """What became of each case: (its name, what, the right answer, the segment, the person)."""
    cases = json.loads(CASES.read_text())["evalCondition"]
    read = [(name, expected, _read(number, *case)) for number, (name, *case, expected) in enumerate(map(_plain, cases))]
    said = [case for _name, _expected, case in read if isinstance(case, Case)]
    _make(said)
    world = World.now()
    for case in said:
        case.refused = _refused(case.rule, world)
    people = [Profile(traits={case.key(path): value for path, value in case.known.items()}) for case in said]
    Profile.objects.bulk_create(people)
    Change.objects.bulk_create(Change(profile_id=person.pk, topic="profile:created") for person in people)
    _segments({case.slug: case.rule for case in said if not case.refused})
    refresh()
    of = {case.slug: person.pk for case, person in zip(said, people, strict=True)}
    assert len(read) == 248
    return [
        (name, REFUSED if case.refused else AGREES, expected, case.slug, of[case.slug])
        if isinstance(case, Case)
        else (name, REASONS[case], expected, None, None)
        for name, expected, case in read
    ]


def test_what_our_operators_can_express_agrees(told):
    members = set(Membership.objects.open().values_list("segment__slug", "profile_id"))
    asked = [one for one in told if one[1] == AGREES]
    wrong = [name for name, _what, expected, slug, who in asked if ((slug, who) in members) is not expected]
    assert not wrong
    assert {expected for _name, _what, expected, _slug, _who in asked} == {True, False}


def test_the_rest_is_listed_with_the_reason_and_how_often(told):
    counted = Counter(what for _name, what, _expected, _slug, _who in told)
    rows = re.findall(r"^\| ([\w -]+?) \| (\d+) \|", PAGE.read_text(), re.MULTILINE)
    assert {reason: int(count) for reason, count in rows} == counted


def _plain(case):
    """With the saved groups, of which most cases have none, before the answer."""
    name, condition, attributes, expected, *groups = case
    return name, condition, attributes, dict(*groups), expected


def _read(number, condition, attributes, groups):
    try:
        return Case(number, condition, attributes, groups)
    except InexpressibleError as reason:
        return str(reason)


def _make(cases):
    """The traits that the rules ask, and a segment for each saved group."""
    Trait.objects.bulk_create(
        Trait(key=case.key(path), type=kind) for case in cases for path, kind in case.traits.items()
    )
    _segments({case.segment(name): case.group(name) for case in cases for name in case.groups})


def _segments(rules_by_slug):
    Segment.objects.bulk_create(
        Segment(slug=slug, name=slug, rule=rule, version=1) for slug, rule in rules_by_slug.items()
    )


def _refused(rule, world):
    try:
        rules.check(rules.parse(rule), world)
    except RuleError:
        return True
    return False
