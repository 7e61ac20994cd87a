"""What is announced comes, at the moment that was said and not before: held against refreshes just before and at it."""

import os
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from profiles.models import Identifier, Profile
from segments.models import Clock, Membership, Segment
from segments.outlook import MOST_CHANGES, Future
from segments.publish import publish
from segments.refresh import refresh
from segments.relatives import gather
from segments.wishes import ANY
from segments.world import World
from tests.segments import drawn
from tests.segments.played import ORDER, Played

TICK = timedelta(microseconds=1)
# Refreshes are what takes the time.
MOST_MOMENTS = 12


@pytest.mark.usefixtures("transactional_db")
@hypothesis(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "15")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_people_enter_and_leave_when_it_was_announced_if_nothing_happens(data):
    with transaction.atomic():
        try:
            world = Played(data.draw)
            for verb, *said in data.draw(st.lists(drawn.steps, min_size=3, max_size=10)):
                getattr(world, verb)(*said)
            world.check()
            hold_against_time()
        finally:
            transaction.set_rollback(True)


# Of these it is known what an event does to them, when no filter asks more of it.
COUNTED = st.sampled_from(["did", "first", "last", "stopped", "resumed", "inactive"]).flatmap(
    lambda kind: drawn.CONDITIONS[kind].map(
        lambda body: {kind: {key: value for key, value in body.items() if key != "where"}}
    )
)


@pytest.mark.usefixtures("transactional_db")
@hypothesis(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "15")), deadline=None, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_what_would_change_the_answer_changes_it_when_it_happens(data):
    with transaction.atomic():
        try:
            world = Played(data.draw)
            for verb, *said in data.draw(st.lists(drawn.steps, min_size=3, max_size=8)):
                getattr(world, verb)(*said)
            rule = {"any": [data.draw(COUNTED), {"none": [data.draw(COUNTED)]}]}
            segment = publish(Segment(slug="wished", name="wished"), rule, None)
            refresh(world.now)
            for device, person in Identifier.objects.filter(type="anonymous_id").values_list("value", "profile_id"):
                hold_against_wish(world, segment, device, person)
        finally:
            transaction.set_rollback(True)


def hold_against_wish(world, segment, device, person):
    now = Clock.objects.get().at
    future = Future(gather(segment, person, World.now()), now)
    wishes = [wish for _path, wish in future.enough() if wish.event]
    soon = [moment for moment, _leaf in future.ahead if moment < now + timedelta(minutes=1)]
    if not wishes or soon or world.now < now:
        return
    for _time in range(wishes[0].times):
        world.say(None, device, "Page Viewed" if wishes[0].event == ANY else wishes[0].event, {}, 0)
    refresh(world.now)
    assert Membership.objects.open().filter(segment=segment, profile_id=person).exists() is not future.inside, (
        f"{wishes[0]} of {person} in {segment.rule} at {world.now}"
    )


def hold_against_time():
    now, told = Clock.objects.get().at, {}
    for slug in ORDER:
        for person in Profile.objects.present().values_list("pk", flat=True):
            future = Future(gather(Segment.objects.get(slug=slug), person, World.now()), now)
            told[slug, person] = (future.inside, list(future.changes()), future)
    looked = sorted({moment for _inside, _changes, future in told.values() for moment in future.looked})
    for moment in looked[:MOST_MOMENTS]:
        for at in (moment - TICK, moment):
            if at > Clock.objects.get().at:
                refresh(at)
                compare(told, at)


def compare(told, at):
    members = defaultdict(set)
    for slug, person in Membership.objects.open().values_list("segment__slug", "profile_id"):
        members[slug].add(person)
    for (slug, person), (inside, changes, future) in told.items():
        if len(changes) == MOST_CHANGES and at >= changes[-1].at:
            continue  # What comes after that was not asked.
        expected = next((change.inside for change in reversed(changes) if change.at <= at), inside)
        assert (person in members[slug]) == expected, (
            f"{slug} at {at}: announced {[(change.at, change.inside) for change in changes]},"
            f" {Segment.objects.get(slug=slug).rule}, {future.looked}"
        )
