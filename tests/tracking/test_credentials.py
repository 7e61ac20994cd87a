"""Keys are looked up in a cached table: how soon a change counts, and what strangers cost."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from profiles.keys import issue, rotate
from profiles.models import Source, WriteKey
from tests.tracking.front import Front
from tracking import credentials
from tracking.credentials import Keyring


def _status(front: Front, key: str) -> int:
    return front.post(f"/v1/t?writeKey={key}", {"userId": "u", "event": "E"}).status


def _forget(front: Front) -> None:
    """As if the cached table had grown old."""
    front.collector._keyring._loaded_at -= 60


def test_after_a_rotation_both_keys_are_valid_until_the_overlap_ends(front: Front, shop: Source, key: str) -> None:
    assert _status(front, key) == 200
    new = rotate(shop, timedelta(hours=1))
    _forget(front)
    assert (_status(front, key), _status(front, new)) == (200, 200)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert (_status(front, key), _status(front, new)) == (401, 200)


def test_an_expired_key_is_refused_even_from_the_cached_table(front: Front, shop: Source, key: str) -> None:
    WriteKey.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert _status(front, key) == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert _status(front, key) == 401


def test_a_disabled_source_is_refused_once_the_table_is_read_again(front: Front, shop: Source, key: str) -> None:
    assert _status(front, key) == 200
    Source.objects.update(enabled=False)
    _forget(front)
    assert _status(front, key) == 401


def test_a_new_key_is_found_without_waiting_for_the_table_to_grow_old(front: Front, shop: Source, key: str) -> None:
    assert _status(front, key) == 200
    front.collector._keyring._loaded_at -= credentials.RETRY_EVERY
    assert _status(front, issue(shop)) == 200


def test_strangers_do_not_make_the_table_be_read_for_every_guess() -> None:
    reads: list[int] = []
    keyring = Keyring(lambda: reads.append(1) or {})
    assert not any(keyring.find(f"guess {number}") for number in range(1_000))
    assert len(reads) <= 2
