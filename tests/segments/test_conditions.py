"""Every condition's own examples, asked of a shop with a past: for the condition, and for its negation.

A new condition is tested by its examples; it needs a reading in the oracle, a line in drawn.py, and, where its
examples name something new, a value for that in the tables below.
"""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from profiles import derived, ingest
from profiles.derived import SCORE_CHANGED, VISIT_STARTED
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Profile, Source, Trait
from scoring.models import ScoreModel
from segments import rules, sets, travel
from segments.asking import Asked
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Everybody, conditions
from segments.leaves.base import Condition
from segments.models import Membership, Segment
from segments.publish import publish
from segments.refresh import refresh
from segments.verify import verify
from segments.world import World
from tests.segments import drawn
from tests.segments.oracle import CONDITIONS, holds
from tests.segments.played import everybody

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
PEOPLE = 60
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

# When segments are refreshed, so that the ledger has a past; and when something happens, around the usual windows.
REFRESHED = [timedelta(days=days) for days in (100, 61, 45, 31, 20, 8, 3)]
AGO = [timedelta(days=days) for days in (0, 0.1, 1, 2.9, 3.1, 6, 8, 20, 29, 31, 45, 59, 61, 89, 91, 130, 175, 190)]
# Most come all the time; some came back after half a year, some stay away.
HABITS = [AGO, AGO[::2], [AGO[0], AGO[2], AGO[-1]], AGO[9:]]
EVENTS = ["Order Completed", "Product Viewed", "Product Added", "Page Viewed"]
PROPERTIES = {
    "category": ["shoes", "hats", "bags", "belts"],
    "price": [5, 15, 60],
    "product_id": ["a", "b"],
    "revenue": [90, 150],
}
COMPANIES = {
    "acme": {"industry": "retail", "employees": 80, "plan": "gold"},
    "globex": {"industry": "banking", "employees": 70},
    "initech": {"industry": "retail", "employees": 8, "plan": "gold"},
}
VISITS = {
    "channel": ["Paid Search", "Email"],
    "landing_page": ["/", "/sale/boots"],
    "campaign": ["", "spring"],
    "source": ["", "news"],
}
SCORES = {
    "model": ["engagement", "rfm"],
    "change": [None, -3, 4],
    "band_from": ["Champions", "At Risk"],
    "band_to": ["Champions", "At Risk"],
}
TRAITS = {
    "country": ("text", ["FR", "DE", None]),
    "age": ("number", [18, 25, 26, None]),
    "birthday": ("date", ["1990-06-18", "1984-02-29", "1971-06-22", None]),
}
SEGMENTS = {"customers": {"did": {"event": "Order Completed", "within": "30 days"}}}

OFFERED = [kind for kind in conditions().values() if kind.label]
EXAMPLES = [
    pytest.param({kind.key: example}, id=f"{kind.key}: {json.dumps(example)}")
    for kind in OFFERED
    for example in kind.examples
]


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """Sixty people who did some things each over half a year, and a segment with a ledger: made once."""
    with django_db_blocker.unblock(), transaction.atomic():
        _open_shop(random.Random(16))
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What the test before this one kept in memory was rolled back."""
    sets.kept.forget()


def _open_shop(chance):
    source = Source.objects.create(name="Shop backend", kind="server")
    facts = SourceFacts(source.pk, "server", "FR", 50)
    Trait.objects.bulk_create([Trait(key=key, type=kind) for key, (kind, _values) in TRAITS.items()])
    for slug in SCORES["model"]:
        ScoreModel.objects.create(slug=slug, name=slug, method="points")
    said = []
    for person in range(PEOPLE):
        for ago, name in _history(person, chance):
            # Somebody who said it long ago and once, said the first of each.
            most = 1 if person % 10 == 1 else None
            traits = {key: value for key, (_kind, some) in TRAITS.items() if (value := chance.choice(some[:most]))}
            when = NOW - ago - timedelta(minutes=chance.randint(1, 60))
            properties = {key: chance.choice(values) for key, values in PROPERTIES.items()}
            said.append(_message(facts, len(said), person, when, name=name, properties=properties, traits=traits))
        if company := chance.choice([*COMPANIES, None]):
            said.append(_message(facts, len(said), person, NOW, group=company, traits=COMPANIES[company]))
    assert not ingest.apply(said).refused
    derived.put(derived.source(), list(_concluded(chance)))
    for slug, rule in SEGMENTS.items():
        publish(Segment(slug=slug, name=slug), rule, None)
    for ago in REFRESHED:
        refresh(NOW - ago)


def _message(source, number, person, when, *, name=None, properties=None, traits=None, group=None):
    return Message(
        id=message_key(source.id, f"{number}"),
        source=source,
        type="track" if name else "group" if group else "identify",
        occurred_at=when,
        received_at=NOW,
        name=name,
        identifiers=(("user_id", f"user-{person}"),),
        properties=properties or {},
        traits={} if name else traits,
        group=group,
        payload=b"{}",
    )


def _history(person, chance):
    """How long ago what: the first sixteen do one thing each, by one habit each; some bought what they had viewed,
    some said long ago who they are; the others this and that.
    """
    if person < len(EVENTS) * len(HABITS):
        habit, name = divmod(person, len(EVENTS))
        return [(ago, EVENTS[name]) for ago in reversed(HABITS[habit])]
    if person % 10 == 0:
        return [(AGO[4], "Product Viewed"), (AGO[3], "Order Completed")]
    if person % 10 == 1:
        return [(AGO[12], None)]
    times = sorted(chance.sample(AGO, chance.randint(1, 8)), reverse=True)
    return [(ago, chance.choice([*EVENTS, None])) for ago in times]


def _concluded(chance):
    for pk in Profile.objects.values_list("pk", flat=True):
        for name, properties in ((VISIT_STARTED, VISITS), (SCORE_CHANGED, SCORES)):
            for ago in chance.sample(AGO, chance.randint(0, 6)):
                told = {key: chance.choice(values) for key, values in properties.items()}
                yield derived.Derived(pk, NOW - ago, derived.key("test", name, pk, ago), name, told)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_example_and_its_negation_are_what_a_naive_reader_says_and_sum_to_everybody(rule):
    for slug, body in {"asked": rule, "not-asked": {"none": [rule]}}.items():
        publish(Segment(slug=slug, name=slug), body, None)
    run = refresh(NOW)
    people = _people()
    right = {pk for pk, person in people.items() if holds(rule, person, run.at, SEGMENTS)}
    assert _members("asked") == right
    assert _members("not-asked") == set(people) - right
    if "share" not in rule:  # Which is by chance.
        assert 0 < len(right) < PEOPLE, "this example shows nothing: give the shop what it asks for"
    assert verify(NOW + timedelta(minutes=1)).differences == []


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_example_answers_the_same_of_some_people_as_of_everybody(rule):
    world, leaves = World.now(), rules.leaves(rules.normal(rules.parse(rule)))
    some = BitMap64(Profile.objects.values_list("pk", flat=True)[: PEOPLE // 3])
    of_all, of_some = (travel.ask(leaves, NOW, among, world) for among in (None, some))
    assert {digest: members & some for digest, members in of_all.items()} == of_some


@pytest.mark.parametrize("seed", range(5))
def test_conditions_asked_together_each_of_people_of_its_own_answer_as_if_asked_alone(seed):
    chance, world, everyone = random.Random(seed), World.now(), list(Profile.objects.values_list("pk", flat=True))
    trees = [rules.normal(rules.parse(example.values[0])) for example in EXAMPLES]
    leaves = {digest: leaf for tree in trees for digest, leaf in rules.leaves(tree).items()}
    alone = travel.ask(leaves, NOW, None, world)
    asked = dict(enumerate(chance.sample(list(leaves.values()), len(leaves))))
    among = {key: BitMap64(chance.sample(everyone, chance.choice([0, 1, 5, PEOPLE]))) for key in asked}
    together = Asked(NOW, among, world, timedelta(minutes=1)).ask(asked)
    assert together.failed == {}
    assert together.people == {key: alone[leaf.digest] & among[key] for key, leaf in asked.items()}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_example_says_itself_in_words_that_its_negation_does_not(rule):
    world = World.now()
    words = {rules.sentence(rules.parse(body), world) for body in (rule, {"none": [rule]})}
    assert len(words) == 2
    assert all(words)


@pytest.mark.parametrize("kind", OFFERED, ids=lambda kind: kind.key)
def test_a_condition_is_read_by_the_oracle_drawn_by_the_truth_test_and_has_examples(kind):
    assert kind.examples
    assert kind.key in {*CONDITIONS, "where", "inactive", "in"}
    assert kind.key in {*drawn.CONDITIONS, *drawn.OF_SEGMENTS, "where"}


@pytest.mark.parametrize("kind", OFFERED, ids=lambda kind: kind.key)
def test_a_condition_begins_with_something_that_its_form_completes(kind):
    assert kind.form
    assert set(kind.starts) <= {key for example in kind.examples for key in example} | {"not"}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_incomplete_condition_is_refused_and_never_means_everybody(rule):
    ((key, body),) = rule.items()
    optional = {"within", "between", "since", "until", "before", "where", "not", "in", "same", "at_least", "none"}
    optional |= {"when", "name", "channel", "landing_page", "campaign", "source", "moved", "band"}
    for part in set(body) - optional:
        with pytest.raises(RuleError):
            rules.parse({key: {one: value for one, value in body.items() if one != part}})
    with pytest.raises(RuleError):
        rules.parse({key: body | {"unheard-of": 1}})


def test_what_the_engine_keeps_for_itself_is_no_condition_to_choose():
    for kind in conditions().values():
        if not kind.label:
            with pytest.raises(RuleError):
                rules.parse({kind.key: kind.examples[0]})


def test_everybody_is_everybody():
    assert issubclass(Everybody, Condition)
    asked = Everybody.ask({1: Everybody()}, NOW, None, World.now())
    assert set(asked[1]) == set(Profile.objects.values_list("pk", flat=True))


def _members(slug):
    return set(Membership.objects.open().filter(segment__slug=slug).values_list("profile_id", flat=True))


def _people():
    """Everybody, with what the ledger says of them."""
    people = everybody()
    for slug, pk, entered, left in Membership.objects.values_list(
        "segment__slug", "profile_id", "entered_at", "left_at"
    ):
        people[pk].stays.setdefault(slug, []).append([entered, left])
    return people
