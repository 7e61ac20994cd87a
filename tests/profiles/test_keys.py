"""Write keys: shown once, kept as a hash, rotated with an overlap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from profiles.keys import digest, issue, rotate
from profiles.models import Source, WriteKey

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("kind", "prefix"), [("browser", "kw_"), ("server", "ks_"), ("file", "ks_")])
def test_a_key_says_whether_it_is_public_and_is_kept_as_a_hash(kind: str, prefix: str) -> None:
    key = issue(Source.objects.create(name="x", kind=kind))
    assert key.startswith(prefix)
    assert len(key) > 40
    row = WriteKey.objects.get()
    assert bytes(row.digest) == digest(key)
    assert key.startswith(row.hint)
    assert len(row.hint) < 12


def test_a_deployment_may_bring_its_own_key() -> None:
    shop = Source.objects.create(name="x")
    assert issue(shop, "demo-key") == "demo-key"
    issue(shop, "demo-key")
    assert WriteKey.objects.get().digest == digest("demo-key")


def test_during_a_rotation_both_keys_are_valid_and_nothing_is_prolonged() -> None:
    shop = Source.objects.create(name="x")
    old, older = issue(shop), issue(shop)
    soon = timezone.now() + timedelta(minutes=1)
    WriteKey.objects.filter(digest=digest(older)).update(expires_at=soon)
    new = rotate(shop, timedelta(hours=1))
    ends = {bytes(key.digest): key.expires_at for key in shop.keys.all()}
    assert ends[digest(new)] is None
    assert ends[digest(older)] == soon
    left = ends[digest(old)]
    assert left is not None
    assert timedelta(minutes=59) < left - timezone.now() <= timedelta(hours=1)
