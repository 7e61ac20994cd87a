"""An adapter, ready to call: with the connection's credentials, its budget, and leave to go where it may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from connectors import credentials
from connectors.adapters import adapter
from connectors.adapters.base import Adapter
from connectors.client import Client
from connectors.limiter import Budget
from connectors.models import Connection


@contextmanager
def opened(connection: Connection) -> Iterator[Adapter]:
    """The adapter of a connection for a block. Raises Fault when its credentials cannot be read."""
    kind = adapter(connection.adapter)
    budget = Budget(connection.pk, kind.limits)
    client = Client(allow_private=connection.allow_private, allowance=budget)
    try:
        yield kind(connection.config, credentials.unseal(bytes(connection.secrets)), client)
    finally:
        client.close()
        budget.close()
