"""What opens other systems: encrypted at rest, shown to nobody, under keys that can be changed.

The first of settings.CREDENTIALS_KEYS encrypts, all of them decrypt. A new key is put in front; the nightly task
encrypts everything with it (`renew`), after which the old one can go.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import cast

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from connectors.faults import Fault, Kind
from connectors.models import Connection


def seal(secrets: Mapping[str, str]) -> bytes:
    """Secrets as they are stored."""
    return _keys().encrypt(msgspec.json.encode(dict(secrets)))


def unseal(sealed: bytes) -> dict[str, str]:
    """The secrets. Raises Fault(AUTH) when no key opens them: somebody has to enter them again."""
    if not sealed:
        return {}
    try:
        return cast("dict[str, str]", msgspec.json.decode(_keys().decrypt(bytes(sealed))))
    except InvalidToken:
        raise Fault(Kind.AUTH, _("The stored credentials cannot be read with this deployment's key.")) from None


def renew() -> int:
    """Encrypt everything with the newest key; how many there were. What cannot be read is left as it is."""
    done = 0
    with transaction.atomic():
        for connection in Connection.objects.select_for_update().exclude(secrets=b""):
            try:
                connection.secrets = _keys().rotate(bytes(connection.secrets))
            except InvalidToken:
                continue
            connection.save(update_fields=["secrets"])
            done += 1
    return done


def _keys() -> MultiFernet:
    # Any text is a key: what Fernet wants is made of it.
    return MultiFernet(
        Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in settings.CREDENTIALS_KEYS
    )
