"""After any sequence of messages, merges, edits and clock moves, the past can be asked for what it was.

By the rule of then, who was in is who was kept then. By today's rule, it is what the naive oracle says of that moment
with all that is known today.
"""

import json
import os
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from profiles.models import Profile
from segments import rules, travel
from segments.models import Clock, Membership, Segment
from segments.world import World
from tests.segments import drawn
from tests.segments.oracle import belongs
from tests.segments.played import Played, everybody

EXAMPLES = int(os.environ.get("KITH_EXAMPLES", "60"))
CONCLUDED = {"Visit Started", "Score Changed"}


class Remembered(Played):
    """A world that remembers who was in, whenever that was checked. Its rules ask nothing that has no past."""

    def __init__(self, draw):
        self.kept = []
        super().__init__(draw)

    def _draw_rule(self, slug):
        super()._draw_rule(slug)
        world = World.now()
        while travel.forgotten(rules.parse(self.rules[slug]), world):
            super()._draw_rule(slug)

    def check(self):
        super().check()
        members = {slug: set() for slug in self.rules}
        for slug, pk in Membership.objects.open().values_list("segment__slug", "profile_id"):
            members[slug].add(pk)
        self.kept.append((Clock.objects.get().at, members))


@pytest.mark.usefixtures("transactional_db")
@hypothesis(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_past_is_what_it_was(data):
    with transaction.atomic():
        try:
            play(Remembered(data.draw), data.draw(st.lists(drawn.steps, min_size=3, max_size=14)), data)
        finally:
            transaction.set_rollback(True)


def play(world, steps, data):
    for verb, *said in steps:
        getattr(world, verb)(*said)
        if data.draw(st.booleans()):
            world.check()
    world.check()
    for at, kept in world.kept:
        people = known_by(at)
        event(f"somebody was known: {bool(people)}")
        for segment in Segment.objects.all():
            assert set(travel.members(segment, at, "then")) == kept[segment.slug]
            # What another segment was like is what its ledger says.
            asked = {slug: {"stayed": {"segment": slug, "for": "0 minutes"}} for slug in world.rules}
            asked[segment.slug] = world.rules[segment.slug]
            right = {pk for pk, person in people.items() if by_rule(segment.slug, person, at, asked)}
            assert set(travel.members(segment, at, "now")) == right, f"{json.dumps(segment.rule)} at {at}"


def by_rule(slug, person, at, asked):
    """With the overrides of this segment; those of others are in their ledgers already."""
    own = [override for override in person.overrides if override[0] == slug]
    return belongs(slug, replace(person, overrides=own), at, asked)


def known_by(at):
    """Everybody of whom something was known then, with all of it, and nothing that came after."""
    created = dict(Profile.objects.values_list("pk", "created_at"))
    found = {}
    for pk, person in everybody().items():
        events = [one for one in person.events if one[1] <= at]
        history = {key: [run for run in runs if run[0] <= at] for key, runs in person.history.items()}
        known = {
            key: value
            for key, runs in history.items()
            for since, until, value in runs
            if since <= at and (until is None or at < until)
        }
        said = any(runs for key, runs in history.items() if key in drawn.TRAITS)
        if created[pk] <= at or said or any(one[0] not in CONCLUDED for one in events):
            found[pk] = replace(person, traits=known, attributes=known, events=events, history=history, stays={})
    for slug, pk, entered, left in Membership.objects.filter(entered_at__lte=at).values_list(
        "segment__slug", "profile_id", "entered_at", "left_at"
    ):
        if pk in found:
            found[pk].stays.setdefault(slug, []).append([entered, left if left and left <= at else None])
    return found
