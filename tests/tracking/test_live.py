"""Over a real socket, with real SDKs, into the real stack."""

import hashlib
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import httpx
import pytest
import rudderstack.analytics.client
import segment.analytics.client

from tests.live import Live
from tests.tracking.front import basic
from tests.tracking.mutations import BOMBS, mutated

SDKS = {"segment": segment.analytics.client.Client, "rudderstack": rudderstack.analytics.client.Client}


@pytest.fixture(scope="module")
def server_key(live: Live) -> str:
    """A key of a server source of these tests."""
    key = f"ks_{uuid.uuid4()}"
    with live.connect() as connection:
        connection.execute(
            """WITH source AS (
                   INSERT INTO profiles_source (name, kind, precedence, country, purpose, allowed_origins,
                                                quarantine_quota, enabled, created_at)
                   VALUES (%s, 'server', 50, 'FR', '', '[]', 10000, true, now()) RETURNING id)
               INSERT INTO profiles_writekey (source_id, digest, hint, created_at)
               SELECT id, %s, 'ks_', now() FROM source""",
            [key, hashlib.sha256(key.encode()).digest()],
        )
    return key


@pytest.fixture
def http(live: Live) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, timeout=30) as client:
        yield client


def _until(live: Live, query: str, parameters: list[Any], expected: Any, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    with live.connect() as connection:
        while (found := connection.execute(query, parameters).fetchall()) != expected:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", SDKS)
def test_what_an_sdk_says_becomes_one_person(live: Live, server_key: str, name: str, compressed: bool) -> None:
    user = f"{name}-{uuid.uuid4()}"
    failures: list[Any] = []
    make: Callable[..., Any] = SDKS[name]
    client = make(
        server_key, host=f"{live.url}/", gzip=compressed, on_error=lambda *error: failures.append(error), max_retries=0
    )
    client.identify(user, {"email": f"{user}@example.org", "plan": "gold"})
    for number in range(150):
        client.track(user, "Order Completed", {"order_id": number, "total": 12.5, "currency": "EUR"})
    client.page(user, "Docs", "Home", {"url": "https://example.org/"})
    client.screen(user, "Main", "Start")
    client.group(user, f"account of {user}", {"name": "Acme"})
    client.alias(f"visitor {user}", user)
    client.flush()
    client.join()
    assert failures == []
    _until(
        live,
        """SELECT t.name, count(*) FROM profiles_identifier i JOIN profiles_event e USING (profile_id)
           JOIN profiles_eventtype t ON t.id = e.name_id JOIN profiles_source s ON s.id = e.source_id
           WHERE i.value = %s AND s.kind <> 'house' GROUP BY 1 ORDER BY 1""",
        [user],
        [("Order Completed", 150), ("Page Viewed", 1), ("Screen Viewed", 1)],
    )
    _until(
        live,
        """SELECT o.type_id, o.value, p.traits ->> 'plan' FROM profiles_identifier i
           JOIN profiles_identifier o USING (profile_id) JOIN profiles_profile p ON p.id = i.profile_id
           WHERE i.value = %s ORDER BY 1""",
        [user],
        [
            ("anonymous_id", f"visitor {user}", "gold"),
            ("email", f"{user}@example.org", "gold"),
            ("user_id", user, "gold"),
        ],
    )


@pytest.mark.parametrize("size", [600_000, 5_000_000])
def test_the_sender_of_too_much_gets_to_read_why(http: httpx.Client, server_key: str, size: int) -> None:
    body = json.dumps({"batch": [{"userId": "u", "pad": "x" * size}]}).encode()
    answered = http.post("/v1/batch", content=body, headers=basic(server_key))
    assert (answered.status_code, answered.json()["code"]) == (413, "too_large")


def test_a_chunked_body_is_read(http: httpx.Client, server_key: str) -> None:
    chunks = (b'{"batch":[', b"]}")
    assert http.post("/v1/batch", content=iter(chunks), headers=basic(server_key)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/m", "/v1/merge/", "/v1/unknown", "/v1/batch"])
def test_a_connection_can_be_used_again_whatever_the_answer_was(http: httpx.Client, server_key: str, path: str) -> None:
    body = b"x" * 100_000
    for _ in range(3):
        assert http.post(path, content=body).status_code in {200, 401, 404}
        assert http.post("/v1/batch", content=b'{"batch":[]}', headers=basic(server_key)).status_code == 200


def test_nothing_redirects(http: httpx.Client, server_key: str) -> None:
    for path in ("/v1/batch", "/v1/batch/", "/sourceConfig", "/sourceConfig/", f"/v1/projects/{server_key}/settings/"):
        for method in ("GET", "POST", "OPTIONS"):
            assert not http.request(method, path, headers=basic(server_key)).is_redirect


def test_mutated_bodies_get_no_5xx(http: httpx.Client, server_key: str) -> None:
    random = Random("over the wire")
    bodies = [*BOMBS, *(mutated(random, number).body for number in range(300))]
    answers = Counter(http.post("/v1/batch", content=body, headers=basic(server_key)).status_code for body in bodies)
    assert set(answers) == {200, 400, 413}, answers
    assert http.get("/health/").json()["worker"] is True
