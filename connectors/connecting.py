"""Making a connection and changing what it needs to reach its system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Any, Final

from django.db import transaction

from connectors import credentials, schedules
from connectors.adapters import adapter
from connectors.faults import Fault
from connectors.gateway import opened
from connectors.mapping import MappingError
from connectors.models import Connection
from connectors.preflight import look
from connectors.runs import pause, recover
from profiles.models import Source

_SLUG: Final = 24
_NAME: Final = 70
_NOT_IN_A_SLUG: Final = re.compile(r"[^a-z0-9]+")


def connect(
    system: str,
    name: str,
    config: Mapping[str, Any],
    secrets: Mapping[str, str],
    *,
    allow_private: bool = False,
    every: int = 60,
    enabled: bool = True,
) -> Connection:
    """A new connection with the mapping that the adapter suggests, and its source. Nothing is called yet.

    Raises KeyError when there is no such adapter. Names are made unique: "BottleCRM 2".
    """
    kind = adapter(system)
    with transaction.atomic():
        name = _free(name[:_NAME], set(Connection.objects.values_list("name", flat=True)), " ", _NAME)
        slug = _free(_slug(name), set(Connection.objects.values_list("slug", flat=True)), "_", _SLUG)
        told_by = _free(name, set(Source.objects.values_list("name", flat=True)), " ", _NAME)
        connection = Connection.objects.create(
            slug=slug,
            name=name,
            adapter=system,
            config=dict(config),
            secrets=credentials.seal(secrets),
            mapping=deepcopy(dict(kind.suggested)),
            source=Source.objects.create(name=told_by, kind=Source.Kind.CONNECTION),
            allow_private=allow_private,
            every=every,
            enabled=enabled,
        )
        schedules.match()
    return connection


def test(connection: Connection) -> str:
    """Whom we are there, in the system's words; from then on the connection is ready again. Raises Fault.

    Looks at the system's fields too, so that the mapping can be chosen from them; makes none yet.
    """
    try:
        with opened(connection) as system:
            words = system.test()
            with suppress(MappingError):  # said where the mapping is shown
                look(connection, system, make=False)
    except Fault as fault:
        pause(connection, fault)
        raise
    # The next run looks again, and makes what is missing.
    connection.checked_at = None
    connection.save(update_fields=["checked_at"])
    recover(connection)
    return words


def switch(connection: Connection, *, on: bool) -> None:
    """Start or stop the schedule."""
    connection.enabled = on
    connection.save(update_fields=["enabled"])
    schedules.match()


def replace_credentials(connection: Connection, secrets: Mapping[str, str]) -> None:
    """New ones from now on; those that are not named stay."""
    try:
        known = credentials.unseal(bytes(connection.secrets))
    except Fault:  # sealed with a key that is gone: whatever is entered now is all there is
        known = {}
    connection.secrets = credentials.seal(known | dict(secrets))
    connection.save(update_fields=["secrets"])


def _slug(name: str) -> str:
    slug = _NOT_IN_A_SLUG.sub("_", name.lower()).strip("_")[:_SLUG]
    return slug if slug[:1].isalpha() else f"c_{slug}"[:_SLUG].rstrip("_")


def _free(wanted: str, taken: set[str], between: str, most: int) -> str:
    number, free = 1, wanted
    while free in taken:
        number += 1
        end = f"{between}{number}"
        free = wanted[: most - len(end)] + end
    return free
