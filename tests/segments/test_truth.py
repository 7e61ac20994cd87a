"""After any sequence of messages, merges, edits and clock moves, what refresh kept is what is true.

Three answers must agree: the memberships kept by refresh, every set computed from scratch, and the naive oracle.
"""

import os

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from tests.segments import drawn
from tests.segments.played import Played

# `make test-long` asks for 20,000. In parts, so that several processes share them.
EXAMPLES = int(os.environ.get("KITH_EXAMPLES", "500"))
PARTS = max(4, EXAMPLES // 500)


# Without a transaction around the test: each example has its own, so that vacuum can follow.
@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("part", range(1, PARTS + 1), ids=lambda part: f"{part} of {PARTS}")
@hypothesis(max_examples=-(-EXAMPLES // PARTS), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_kept_is_what_is_true(part, data):
    with transaction.atomic():
        try:
            play(Played(data.draw), data.draw(st.lists(drawn.steps, min_size=3, max_size=14)), data)
        finally:
            transaction.set_rollback(True)


def play(world, steps, data):
    world.check()
    for verb, *said in steps:
        getattr(world, verb)(*said)
        if data.draw(st.sampled_from([True, True, False])):
            world.check()
    world.check()
    world.verify()
