"""Where a call may go: to public addresses only, unless the connection may be on a private network.

The address that is checked is the one that is connected to: a name that answers otherwise the second time gains
nothing. Redirects are not followed (client.py); if they were, each would be checked here.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotAllowedError(Exception):
    """The host is, or resolves to, an address that must not be called; the message says so."""


class Guarded(httpx.HTTPTransport):
    """HTTP that asks the guard before each connection."""

    def __init__(self, allow_private: bool) -> None:
        super().__init__()
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=32,
            max_keepalive_connections=8,
            keepalive_expiry=30,
            network_backend=_Backend(allow_private),
        )


class _Backend(httpcore.SyncBackend):
    def __init__(self, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to an address that was checked."""
        return super().connect_tcp(self.allowed(host, port), port, timeout, local_address, socket_options)

    def allowed(self, host: str, port: int) -> str:
        """An address of the host. Raises NotAllowedError, unless all that it resolves to may be called."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = [ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in found]
        if not addresses:
            raise httpcore.ConnectError(host)
        if not self._allow_private and not all(map(public, addresses)):
            raise NotAllowedError(
                _("%(host)s is not a public address: allow it for this connection, if it is meant.") % {"host": host}
            )
        return str(addresses[0])


def public(address: Address) -> bool:
    """Is it of the internet, whichever way it is written?"""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return public(inner)
        # NAT64 leads to whatever IPv4 address its last 32 bits say.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast
