"""10,000 bodies that went wrong: no 5xx, and their neighbours are none the worse."""

from collections import Counter
from random import Random

import pytest

from profiles.models import Identifier, SeenMessage, Source
from tests.tracking.front import Front
from tests.tracking.mutations import mutated
from tracking.apply import apply_batch
from tracking.models import Inbox, Overflow, Quarantine

BODIES = 10_000


@pytest.mark.slow
def test_ten_thousand_mutated_bodies_cost_their_neighbours_nothing(front: Front, auth: dict[str, str]) -> None:
    Source.objects.update(quarantine_quota=10**6)
    random = Random("mutated")
    answers: Counter[int] = Counter()
    good: set[str] = set()
    for number in range(BODIES):
        one = mutated(random, number)
        path = "/v1/batch" if one.good or random.random() < 0.7 else "/v1/track"
        status = front.post(path, one.body, auth).status
        answers[status] += 1
        if one.good:
            assert status == 200, one.body[:500]
            good.update(one.good)
    assert set(answers) == {200, 400, 413}, answers
    assert len(good) > BODIES
    while apply_batch():
        pass
    stored = set(Identifier.objects.filter(type="user_id", value__startswith="good-").values_list("value", flat=True))
    assert stored >= good
    assert SeenMessage.objects.count() >= len(good)
    assert Quarantine.objects.filter(kind="").count() > BODIES / 4
    assert not Overflow.objects.exists()
    assert not Inbox.objects.exists()
    assert not Quarantine.objects.filter(reason="internal").exists(), set(
        Quarantine.objects.filter(reason="internal").values_list("detail", flat=True)
    )
