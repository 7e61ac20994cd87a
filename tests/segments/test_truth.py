"""After any sequence of messages, merges, edits and clock moves, what refresh kept is what is true.

Three answers must agree: the memberships kept by refresh, every set computed from scratch, and the naive oracle.
"""

import json
import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from profiles import ingest
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Profile, Source, Trait
from segments.models import Membership, Segment
from segments.periods import PERIODS
from segments.publish import publish
from segments.refresh import refresh
from segments.verify import verify
from tests.segments.oracle import Person, holds

# Before both clock changes of 2026 in Paris, and before month ends of every length.
STARTS = [
    datetime(2026, 3, 28, 20, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 21, 30, tzinfo=UTC),
    datetime(2026, 1, 30, 22, 45, tzinfo=UTC),
    datetime(2026, 5, 31, 12, 0, tzinfo=UTC),
]
EVENTS = ["Page Viewed", "Order Completed", "Product Added"]
ORDER = ["one", "two", "three"]
TRAITS = {"country": "text", "age": "number", "born": "date", "vip": "boolean", "tags": "list"}

spans = st.sampled_from([{"between": ["1 month", "1 week"]}, {"between": ["3 days", "1 hour"]}])
durations = st.sampled_from(["1 hour", "90 minutes", "1 day", "3 days", "1 week", "1 month", "2 months"])
day_durations = st.sampled_from(["1 day", "3 days", "1 month", "2 weeks"])
dates = st.sampled_from(
    ["2024-02-29", "2026-01-31", "2026-02-28", "2026-03-01", "2026-03-29", "2026-10-25", "2026-10-26", "2026-06-01"]
)
values = {
    "country": st.sampled_from(["FR", "DE", "Franconia"]),
    "age": st.sampled_from([17, 18, 30.5]),
    "born": dates | st.sampled_from(["2026-03-28T23:30:00Z", "2026-10-24T22:30:00+00:00"]),
    "vip": st.booleans(),
    "tags": st.sampled_from([[], ["ski"], ["ski", "hiking"], [7]]),
}
operations = {
    "country": st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["is", "contains", "starts_with"]), "value": st.sampled_from(["FR", "F"])}
        ),
        st.just({"op": "any_of", "value": ["DE", "FR"]}),
        st.just({"op": "known"}),
    ),
    "age": st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["over", "under", "is"]), "value": st.sampled_from([-1, 0, 1, 17, 18, 30])}
        ),
        st.just({"op": "between", "value": [18, 31]}),
    ),
    "born": st.one_of(
        st.fixed_dictionaries({"op": st.sampled_from(["on", "before", "after"]), "value": dates}),
        st.fixed_dictionaries({"op": st.sampled_from(["in_last", "in_next", "longer_ago"]), "value": day_durations}),
        st.fixed_dictionaries({"op": st.just("during"), "value": st.sampled_from(list(PERIODS))}),
        st.fixed_dictionaries({"op": st.just("anniversary"), "value": day_durations}),
        st.just({"op": "known"}),
    ),
    "tags": st.one_of(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["has_any", "has_all"]), "value": st.sampled_from([["ski"], ["7", "hiking"]])}
        ),
        st.just({"op": "empty"}),
    ),
    "vip": st.sampled_from([{"op": "yes"}, {"op": "no"}]),
}


@st.composite
def operation(draw, name):
    found = dict(draw(operations[name]))
    return found | {"not": True} if draw(st.booleans()) else found


@st.composite
def conditions(draw, segments):
    kinds = ["where", "where", "did", "inactive", *EVENT_CONDITIONS, *(["in", *LEDGER] if segments else [])]
    match kind := draw(st.sampled_from(kinds)):
        case "where":
            name = draw(st.sampled_from(list(TRAITS)))
            return {"where": {"attribute": f"traits.{name}", **draw(operation(name))}}
        case "inactive":
            return {"inactive": {"for": draw(durations)}}
        case "in":
            return {"in": {"segment": draw(st.sampled_from(segments))}}
        case "was" | "entered" | "left" | "stayed":
            return {kind: {"segment": draw(st.sampled_from(segments)), **draw(LEDGER[kind])}}
    return draw(EVENT_CONDITIONS[kind])


def windows():
    return st.one_of(
        st.just({}),
        st.fixed_dictionaries({"within": durations}),
        st.fixed_dictionaries({"before": durations}),
        spans,
        st.sampled_from(
            [{"since": "2026-03-01"}, {"until": "2026-06-01"}, {"since": "2026-01-31", "until": "2026-03-29"}]
        ),
    )


@st.composite
def event_condition(draw, *parts):
    """An event, perhaps with a filter, and what the condition adds."""
    body = {"event": draw(st.sampled_from(EVENTS))}
    if draw(st.booleans()):
        body["where"] = [{"property": "country", **draw(operation("country"))}]
    for part in parts:
        body |= draw(part)
    return body


@st.composite
def sequences(draw):
    steps = [draw(event_condition()) for _ in range(draw(st.sampled_from([2, 2, 3])))]
    body = {"steps": steps, **draw(windows())}
    if draw(st.booleans()):
        body["in"] = draw(st.sampled_from(["1 hour", "90 minutes", "1 day", "2 weeks"]))
        if len(steps) == 2 and draw(st.booleans()):
            steps[1]["not"] = True
    return body | draw(st.sampled_from([{}, {}, {"same": "country"}]))


measured = st.one_of(
    st.fixed_dictionaries({"sum": st.just("age")}),
    st.fixed_dictionaries({"average": st.just("age")}),
    st.fixed_dictionaries({"minimum": st.just("age")}),
    st.fixed_dictionaries({"maximum": st.just("age")}),
    st.fixed_dictionaries({"distinct": st.sampled_from(["age", "country"])}),
)
LEDGER = {
    "was": st.just({}),
    "entered": windows(),
    "left": windows(),
    "stayed": st.fixed_dictionaries({"for": durations}),
}
EVENT_CONDITIONS = {
    "did": st.fixed_dictionaries(
        {
            "did": event_condition(
                windows(),
                st.sampled_from([{}, {"at_least": 2}, {"at_most": 1}, {"exactly": 1}, {"at_most": 0}, {"none": True}]),
            )
        }
    ),
    "measure": st.fixed_dictionaries({"measure": event_condition(windows(), measured, operation("age"))}),
    "first": st.fixed_dictionaries({"first": event_condition(windows())}),
    "last": st.fixed_dictionaries({"last": event_condition(windows())}),
    "stopped": st.fixed_dictionaries({"stopped": event_condition(spans, st.sampled_from([{}, {"at_least": 2}]))}),
    "resumed": st.fixed_dictionaries({"resumed": event_condition(spans)}),
    "then": st.fixed_dictionaries({"then": sequences()}),
    "regularly": st.fixed_dictionaries(
        {
            "regularly": event_condition(
                st.sampled_from([{"periods": 1, "of": 2}, {"periods": 2, "of": 3}]),
                st.fixed_dictionaries({"every": durations}),
            )
        }
    ),
    "share": st.fixed_dictionaries(
        {"share": st.sampled_from([{"percent": 50}, {"percent": 30, "name": "spring"}, {"percent": 100}])}
    ),
}


def rules(segments):
    return st.recursive(
        conditions(segments),
        lambda inner: st.dictionaries(
            st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=1
        ),
        max_leaves=4,
    )


steps = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from(["user-1", "user-2", None]),
        st.sampled_from(["device-1", "device-2", "device-3"]),
        st.sampled_from([*EVENTS, *EVENTS, None]),
        st.fixed_dictionaries({}, optional=values),
        st.sampled_from([0, 0, 1, 59, 60, 61, 1439, 1440, 3 * 1440, 7 * 1440, 28 * 1440, 31 * 1440]),
        st.integers(0, 30),
    ),
    st.tuples(
        st.just("wait"), st.sampled_from([1, 14, 30, 60, 90, 180, 1439, 1440, 2881, 9 * 1440, 28 * 1440, 33 * 1440])
    ),
    st.tuples(st.just("edit")),
)


@pytest.mark.django_db
@hypothesis(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "60")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_what_is_kept_is_what_is_true(data):
    with transaction.atomic():
        try:
            play(data)
        finally:
            transaction.set_rollback(True)


def play(data):
    world = World(data)
    for slug in ["one", "two", "three"]:
        world.publish(slug)
    world.check()
    for step in data.draw(st.lists(steps, min_size=3, max_size=14)):
        match step:
            case ("say", *said):
                world.say(*said)
            case ("wait", minutes):
                world.now += timedelta(minutes=minutes)
            case ("edit",):
                world.publish(data.draw(st.sampled_from(["one", "two", "three"])))
        if data.draw(st.sampled_from([True, True, False])):
            world.check()
    world.check()
    assert verify(world.now + timedelta(seconds=1)).differences == []


class World:
    def __init__(self, data):
        self.data, self.now = data, data.draw(st.sampled_from(STARTS))
        source = Source.objects.create(name=f"test {uuid4()}", kind="server")
        self.source = SourceFacts(source.pk, "server", "FR", 50)
        for key, kind in TRAITS.items():
            Trait.objects.get_or_create(key=key, defaults={"type": kind})
        Segment.objects.all().delete()
        self.rules = {}
        # By segment and person: the intervals in which they were in it.
        self.stays = defaultdict(lambda: defaultdict(list))

    def publish(self, slug):
        # Only segments that exist and come before may be asked: no cycles.
        known = [name for name in ("one", "two", "three") if name < slug and name in self.rules]
        rule = self.data.draw(rules(known))
        for name, body in ((slug, rule), (f"not-{slug}", {"none": [rule]})):
            segment = Segment.objects.filter(slug=name).first() or Segment(slug=name, name=name)
            publish(segment, body, None)
            self.rules[name] = body

    def say(self, user, anonymous, name, traits, late, serial):
        self.now += timedelta(seconds=1)
        identifiers = [("anonymous_id", anonymous)] + ([("user_id", user)] if user else [])
        message = Message(
            id=message_key(self.source.id, f"message {serial}"),
            source=self.source,
            type="track" if name else "identify",
            occurred_at=self.now - timedelta(minutes=late),
            received_at=self.now,
            name=name,
            identifiers=tuple(identifiers),
            properties={key: traits[key] for key in ("country", "age") if key in traits},
            traits=traits,
            group=None,
            payload=b"{}",
        )
        assert not ingest.apply([message]).refused

    def check(self):
        run = refresh(self.now)
        event(f"moved: {bool(run.entered or run.left)}")
        people = everybody()
        # Those that others may ask come first.
        for slug, rule in sorted(self.rules.items(), key=lambda item: ORDER.index(item[0].removeprefix("not-"))):
            for pk, person in people.items():
                person.stays = {asked: stays[pk] for asked, stays in self.stays.items()}
            kept = set(Membership.objects.open().filter(segment__slug=slug).values_list("profile_id", flat=True))
            right = {pk for pk, person in people.items() if holds(rule, person, run.at, self.rules)}
            assert kept == right, f"{slug}: {json.dumps(rule)} at {run.at}"
            self.note(slug, right, run.at)
        for slug in ("one", "two", "three"):
            sizes = [Segment.objects.get(slug=name).size for name in (slug, f"not-{slug}")]
            assert sum(sizes) == len(people), "a rule and its negation sum to everybody"

    def note(self, slug, members, at):
        """Who is in now, and who is not any more."""
        for pk, stays in self.stays[slug].items():
            if stays and stays[-1][1] is None and pk not in members:
                stays[-1][1] = at
        for pk in members:
            stays = self.stays[slug][pk]
            if not stays or stays[-1][1]:
                stays.append([at, None])


def everybody():
    people = {pk: Person(pk, traits) for pk, traits in Profile.objects.present().values_list("pk", "traits")}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT profile_id, t.name, occurred_at, properties::text FROM profiles_event e"
            " JOIN profiles_eventtype t ON t.id = e.name_id"
        )
        for profile_id, name, occurred_at, properties in cursor.fetchall():
            people[profile_id].events.append((name, occurred_at, json.loads(properties)))
    return people
