"""A key is shown once: on the page that answers the request that made it."""

from __future__ import annotations

import re
import shlex
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from profiles.keys import digest
from profiles.models import Source, WriteKey

pytestmark = pytest.mark.django_db

FORM = {"kind": "server", "enabled": "on", "precedence": 50, "quarantine_quota": 100}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


def shown(response: object) -> list[str]:
    """The keys on a page."""
    return re.findall(r"\bk[ws]_[\w-]{30,}", response.content.decode())  # type: ignore[attr-defined]


def make(client: Client, **fields: object) -> object:
    return client.post("/admin/profiles/source/add/", {**FORM, "name": "Shop", **fields})


def test_a_new_source_shows_its_key_and_a_line_that_uses_it(client: Client) -> None:
    response = make(client)
    key, again = shown(response)
    assert key == again
    assert "no-store" in response.headers["Cache-Control"]  # type: ignore[attr-defined]
    assert bytes(WriteKey.objects.get().digest) == digest(key)
    source = Source.objects.get()
    for address in (f"/admin/profiles/source/{source.pk}/change/", "/admin/profiles/source/"):
        page = client.get(address)
        assert (shown(page), f"{key[:8]}…" in page.content.decode()) == ([], True)


def test_the_line_is_one_that_a_shell_reads(client: Client) -> None:
    page = make(client).content.decode()  # type: ignore[attr-defined]
    line = re.search(r'id="the-line">(.*?)</pre>', page, re.DOTALL)
    assert line
    words = shlex.split(line[1].replace("&quot;", '"').replace("&#x27;", "'"))
    assert (words[0], words[-1]) == ("curl", "http://testserver/v1/track")


def test_a_replaced_key_lives_on_for_the_time_chosen(client: Client) -> None:
    old = shown(make(client))[0]
    source, key = Source.objects.get(), WriteKey.objects.get()
    address = f"/admin/profiles/source/{source.pk}/rotate/"
    assert client.get(address).status_code == 200
    new = shown(client.post(address, {"overlap": "1", "newest": key.pk}))[0]
    assert new != old
    key.refresh_from_db()
    assert key.expires_at
    assert abs(key.expires_at - timezone.now() - timedelta(days=1)) < timedelta(minutes=1)


def test_sending_the_page_twice_replaces_the_key_once(client: Client) -> None:
    make(client)
    source, key = Source.objects.get(), WriteKey.objects.get()
    address, form = f"/admin/profiles/source/{source.pk}/rotate/", {"overlap": "0", "newest": key.pk}
    assert shown(client.post(address, form))
    assert client.post(address, form).status_code == 302
    assert WriteKey.objects.count() == 2


def test_a_source_that_is_a_file_has_no_key(client: Client) -> None:
    assert make(client, kind="file").status_code == 302  # type: ignore[attr-defined]
    assert not WriteKey.objects.exists()


def test_allowed_websites_are_written_one_a_line(client: Client) -> None:
    make(client, kind="browser", allowed_origins="https://shop.example/\nhttps://www.shop.example")
    assert Source.objects.get().allowed_origins == ["https://shop.example", "https://www.shop.example"]


@pytest.mark.parametrize("wrong", ["shop.example", "javascript:alert(1)", "https://shop.example/path"])
def test_what_no_browser_sends_is_no_allowed_website(client: Client, wrong: str) -> None:
    assert make(client, kind="browser", allowed_origins=wrong).status_code == 200  # type: ignore[attr-defined]
    assert not Source.objects.exists()
