"""Where a call may go."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from connectors.client import Client
from connectors.faults import Fault, Kind
from connectors.guard import public


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_only_addresses_of_the_internet_are_public(address, expected):
    assert public(ipaddress.ip_address(address)) is expected


@pytest.mark.parametrize("url", ["http://localhost:9/", "http://127.1:9/", "http://2130706433:9/", "http://[::1]:9/"])
def test_a_private_address_is_refused_however_it_is_written(url):
    client = Client()
    with pytest.raises(Fault) as caught:
        client.call("GET", url)
    client.close()
    assert caught.value.kind is Kind.PERMANENT


def test_a_name_that_resolves_to_a_private_address_is_refused(monkeypatch):
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    )
    client = Client()
    with pytest.raises(Fault) as caught:
        client.call("GET", "http://harmless.example/")
    client.close()
    assert "harmless.example" in caught.value.words


def test_a_redirect_is_not_followed(address, remote):
    client = Client(address, allow_private=True, headers={"Authorization": "Bearer t0k3n"})
    assert client.request("GET", "/nowhere").status == 404
    client.close()
