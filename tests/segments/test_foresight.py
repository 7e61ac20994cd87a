"""What is announced comes, at the moment that was said and not before: held against refreshes just before and at it."""

import os
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from profiles.models import Profile
from segments.models import Clock, Membership, Segment
from segments.outlook import MOST_CHANGES, Future
from segments.refresh import refresh
from segments.relatives import gather
from segments.world import World
from tests.segments import drawn
from tests.segments.played import ORDER, Played

TICK = timedelta(microseconds=1)
# Refreshes are what takes the time.
MOST_MOMENTS = 12


@pytest.mark.usefixtures("transactional_db")
@hypothesis(
    max_examples=int(os.environ.get("KITH_EXAMPLES", "25")), deadline=None, suppress_health_check=list(HealthCheck)
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
