"""Write keys of sources: made here, shown once, kept as a hash."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from profiles.models import Source, WriteKey

# A browser's key is public, all others are secret; the prefix tells people which they are looking at.
_PUBLIC, _SECRET = "kw_", "ks_"
_HINT = 8


def issue(source: Source, key: str = "") -> str:
    """A new key for `source`, in plain text for the last time. A deployment may bring a `key` of its own."""
    key = key or _prefix(source) + secrets.token_urlsafe(32)
    WriteKey.objects.update_or_create(
        digest=digest(key), defaults={"source": source, "hint": key[:_HINT], "expires_at": None}
    )
    return key


@transaction.atomic
def rotate(source: Source, overlap: timedelta) -> str:
    """A new key for `source`; the keys it has now stay valid for `overlap`, and no longer."""
    end = timezone.now() + overlap
    source.keys.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=end)).update(expires_at=end)
    return issue(source)


def digest(key: str) -> bytes:
    """What is kept of a key. It is long and random, so that a slow hash would protect nothing more."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def _prefix(source: Source) -> str:
    return _PUBLIC if source.kind == Source.Kind.BROWSER else _SECRET
