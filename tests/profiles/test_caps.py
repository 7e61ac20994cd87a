"""An identifier through which too much flows is frozen: a review case, and nothing is joined through it meanwhile."""

from __future__ import annotations

import pytest

from profiles import identity
from profiles.models import Identifier, IdentifierType, Merge
from tests.profiles.given import applied, events, message, people, person

pytestmark = pytest.mark.django_db


def visitors(count: int, start: int = 0) -> list[str]:
    return [f"anonymous_id:device-{number}" for number in range(start, start + count)]


def test_after_a_hundred_merges_within_an_hour_an_identifier_is_frozen() -> None:
    devices = visitors(103)
    applied(message("user_id:guest"), *(message(device) for device in devices))
    applied(*(message("user_id:guest", device, at=1) for device in devices[:60]))
    applied(*(message("user_id:guest", device, at=2) for device in devices[60:]))
    assert Merge.objects.count() == identity.MOST_MERGES
    guest = Identifier.objects.get(value="guest")
    assert guest.frozen_at is not None
    assert guest.frozen_reason == identity.TOO_MANY_MERGES
    # The three beyond stayed who they were, and their events went to them.
    assert len(people()) == 1 + 3
    assert len(events(devices[-1])) == 2


def test_an_hour_later_it_would_not_have_been() -> None:
    devices = visitors(102)
    applied(message("user_id:guest"), *(message(device) for device in devices))
    applied(*(message("user_id:guest", device, at=1) for device in devices[:100]))
    applied(*(message("user_id:guest", device, at=62) for device in devices[100:]))
    assert not Identifier.objects.filter(frozen_at__isnull=False).exists()
    assert len(people()) == 1


def test_a_person_has_a_thousand_identifiers_at_most() -> None:
    devices = visitors(1_001)
    applied(*(message("user_id:guest", device) for device in devices))
    guest = Identifier.objects.get(value="guest")
    assert guest.frozen_reason == identity.TOO_MANY_IDENTIFIERS
    assert Identifier.objects.filter(profile_id=guest.profile_id).count() == identity.MOST_IDENTIFIERS
    assert len(people()) == 3


def test_a_frozen_identifier_joins_nobody_but_still_says_whose_a_message_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "MOST_IDENTIFIERS", 2)
    applied(message("user_id:guest", "anonymous_id:dev1"), message("user_id:guest", "anonymous_id:dev2", at=1))
    assert person("anonymous_id:dev2").pk != person("user_id:guest").pk
    applied(
        message("user_id:guest", name="Alone", at=2), message("user_id:guest", "anonymous_id:dev3", name="With", at=3)
    )
    assert events("user_id:guest")[-1] == "Alone"
    assert events("anonymous_id:dev3") == ["With"]


def test_the_one_with_many_is_frozen_and_not_the_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub of a lower rank than those who join through it."""
    monkeypatch.setattr(identity, "MOST_MERGES", 3)
    IdentifierType.objects.create(name="loyalty", label="Card", rank=2)
    cards = [f"loyalty:card-{number}" for number in range(8)]
    applied(message("anonymous_id:kiosk"), *(message(card) for card in cards))
    applied(*(message(card, "anonymous_id:kiosk", at=1) for card in cards))
    frozen = Identifier.objects.filter(frozen_at__isnull=False).values_list("value", flat=True)
    assert list(frozen) == ["kiosk"]
