"""The real stack from end to end: an event over HTTP is a person whom one can look up, at once."""

import json
import time
import uuid
from base64 import b64encode
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.live import Live


@pytest.fixture
def newcomer(live: Live) -> str:
    """The e-mail address of somebody who has just bought something."""
    address = f"{uuid.uuid4().hex}@example.com"
    batch = [
        {"type": "identify", "userId": address, "traits": {"email": address, "name": "Nora Newcomer"}},
        {"type": "track", "userId": address, "event": "Order Completed", "properties": {"revenue": 42}},
    ]
    connection = HTTPConnection(urlsplit(live.url).netloc, timeout=10)
    authorization = b64encode(f"{live.write_key}:".encode()).decode()
    connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), {"Authorization": f"Basic {authorization}"})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, {"success": True})
    connection.close()
    return address


def test_an_event_is_applied_within_two_seconds(live: Live, newcomer: str) -> None:
    began = time.monotonic()
    found = """SELECT count(*) FROM profiles_identifier i JOIN profiles_event e USING (profile_id) WHERE i.value = %s"""
    with live.connect() as connection:
        while not connection.execute(found, [newcomer]).fetchone()[0]:
            assert time.monotonic() - began < 2
            time.sleep(0.02)


def test_a_command_finds_the_running_database(live: Live) -> None:
    assert len(live.manage("token", "admin")) >= 32


@pytest.mark.browser
def test_the_administrator_logs_in(live: Live, page: Page) -> None:
    page.goto("/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(live.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live.url}/admin/")
