"""The endpoint that SDKs of the Segment Spec know, as contracted."""

import gzip
import json
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from profiles.keys import issue
from profiles.models import Source
from tests.tracking.front import Front, basic
from tracking import envelope
from tracking.models import Inbox, Quarantine

TRACK = {"type": "track", "event": "Clicked", "userId": "u1", "messageId": "m1"}
BATCH = {"batch": [TRACK], "sentAt": "2026-11-23T11:15:19.065Z"}
SUCCESS = {"success": True}

ENDPOINTS = [
    ("/v1/batch", "batch"), ("/v1/b", "batch"), ("/beacon/v1/batch", "batch"),
    ("/v1/t", "track"), ("/v1/i", "identify"), ("/v1/p", "page"), ("/v1/s", "screen"), ("/v1/g", "group"),
    ("/v1/a", "alias"), ("/v1/track", "track"), ("/v1/identify", "identify"), ("/v1/page", "page"),
    ("/v1/screen", "screen"), ("/v1/group", "group"), ("/v1/alias", "alias"),
]  # fmt: skip


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("path", "kind"), ENDPOINTS)
def test_every_endpoint_stores_one_row_with_or_without_a_trailing_slash(
    front: Front, auth: dict[str, str], shop: Source, path: str, kind: str, slash: str
) -> None:
    body = BATCH if kind == "batch" else TRACK
    answered = front.post(path + slash, body, auth)
    assert (answered.status, answered.json) == (200, SUCCESS)
    row = Inbox.objects.get()
    assert (row.source_id, row.kind, row.messages, json.loads(bytes(row.body))) == (shop.pk, kind, 1, body)


@pytest.mark.parametrize("path", ["/v1/m", "/v1/merge", "/v1/m/", "/v1/merge/"])
def test_what_is_contracted_as_ignored_is_answered_and_not_stored(front: Front, path: str) -> None:
    assert front.post(path, {"series": []}).json == SUCCESS
    assert not Inbox.objects.exists()


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/unknown", "/v1/batch/more", "/beacon/v1/other", "/sourceConfigs"])
def test_an_address_that_nobody_contracted_is_404(front: Front, path: str) -> None:
    answered = front.post(path, TRACK)
    assert answered.status == 404
    assert "Location" not in answered.headers


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/profiles/", "/v2/batch", "/v10/batch"])
def test_everything_else_is_djangos(front: Front, path: str) -> None:
    assert front.post(path).headers == {"X-Answered-By": "Django"}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_another_method_is_405(front: Front, auth: dict[str, str], method: str) -> None:
    answered = front.request(method, "/v1/track", TRACK, auth)
    assert (answered.status, answered.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("place", ["header", "body", "query", "text in the body of a single message"])
def test_the_key_may_be_in_three_places(front: Front, key: str, place: str) -> None:
    requests: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
        "header": ("/v1/batch", BATCH, basic(key)),
        "body": ("/v1/batch", {**BATCH, "writeKey": key}, {}),
        "query": (f"/beacon/v1/batch?a=b&writeKey={key}", BATCH, {"Content-Type": "text/plain"}),
        "text in the body of a single message": ("/v1/t", {**TRACK, "writeKey": key}, {}),
    }
    assert front.post(*requests[place]).status == 200
    assert Inbox.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/batch", BATCH, {}),
        ("/v1/batch", BATCH, basic("unknown")),
        ("/v1/batch", BATCH, basic("")),
        ("/v1/batch", BATCH, {"Authorization": "Basic ///"}),
        ("/v1/batch", BATCH, {"Authorization": "Basic"}),
        ("/v1/batch", BATCH, {"Authorization": "Bearer abc"}),
        ("/v1/batch", BATCH, basic("k" * 5000)),
        ("/v1/batch", {**BATCH, "writeKey": "unknown"}, {}),
        ("/v1/batch", {**BATCH, "writeKey": ["list"]}, {}),
        ("/v1/batch", {**BATCH, "writeKey": None}, {}),
        ("/v1/batch?writeKey=unknown", BATCH, {}),
        ("/v1/batch?writeKey=", BATCH, {}),
        ("/v1/batch?writeKey=%ff%00", BATCH, {}),
        ("/v1/batch?writeKey" + "&a" * 100, BATCH, {}),
        ("/v1/batch", b"not json", {}),
        ("/v1/batch", b"\x1f\x8bnot gzip", basic("unknown")),
    ],
)
def test_bad_credentials_are_401_and_nothing_is_kept(
    front: Front, key: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    answered = front.post(path, body, headers)
    assert answered.status == 401
    assert set(answered.json) == {"code", "message"}
    assert not Inbox.objects.exists()
    assert not Quarantine.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "", "image/png"]
)
@pytest.mark.parametrize("compressed", [False, True])
def test_the_body_is_json_whatever_its_content_type(
    front: Front, auth: dict[str, str], content_type: str, compressed: bool
) -> None:
    plain = json.dumps(BATCH).encode()
    encoding = {"Content-Encoding": "gzip"} if compressed else {}
    body = gzip.compress(plain) if compressed else plain
    assert front.post("/v1/batch", body, {**auth, "Content-Type": content_type, **encoding}).status == 200
    assert bytes(Inbox.objects.get().body) == plain


@pytest.mark.parametrize(("length", "status"), [("", 400), ("many", 400), ("-5", 400), ("10", 400), ("99999", 200)])
def test_a_length_that_is_wrong_is_no_failure(front: Front, auth: dict[str, str], length: str, status: int) -> None:
    assert front.post("/v1/batch", BATCH, {**auth, "Content-Length": length}).status == status


def test_an_empty_batch_is_accepted_and_stores_nothing(front: Front, auth: dict[str, str]) -> None:
    assert front.post("/v1/batch", {"batch": []}, auth).json == SUCCESS
    assert not Inbox.objects.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "bad_json"), (b"not json", "bad_json"), (b'{"batch":[', "bad_json"), (b"\x1f\x8b\x08broken", "bad_json"),
        (gzip.compress(json.dumps(BATCH).encode(), mtime=0)[:40], "bad_json"), (b'{"batch":[]}}', "bad_json"),
        (b"[1]", "not_an_object"), (b"7", "not_an_object"), (b"null", "not_an_object"), (b'"text"', "not_an_object"),
        (b"{}", "bad_field"), (b'{"batch":{}}', "bad_field"), (b'{"batch":null}', "bad_field"),
        (b'{"batch":"text"}', "bad_field"),
    ],
)  # fmt: skip
def test_a_body_without_messages_is_400_and_kept_in_quarantine(
    front: Front, auth: dict[str, str], shop: Source, body: bytes, reason: str
) -> None:
    answered = front.post("/v1/batch", body, auth)
    assert (answered.status, answered.json["code"]) == (400, reason)
    row = Quarantine.objects.get()
    assert (row.source_id, row.kind, row.reason, bytes(row.payload)) == (shop.pk, "batch", reason, body)
    assert not Inbox.objects.exists()


def _padded(size: int) -> dict[str, Any]:
    return {"batch": [{**TRACK, "properties": {"pad": "x" * (size - 200)}}]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/batch", json.dumps(_padded(envelope.MAX_BODY + 1_000)).encode()),
        ("/v1/batch", json.dumps(_padded(5_000_000)).encode()),
        ("/v1/batch", gzip.compress(json.dumps(_padded(envelope.MAX_BODY + 1_000)).encode(), mtime=0)),
        ("/v1/batch", gzip.compress(b" " * 200_000_000, mtime=0)),
        ("/v1/batch", json.dumps({"batch": [{}] * 501}).encode()),
        ("/v1/track", json.dumps({**TRACK, "properties": {"pad": "x" * 40_000}}).encode()),
    ],
)
def test_over_a_limit_is_413(front: Front, auth: dict[str, str], path: str, body: bytes) -> None:
    answered = front.post(path, body, auth)
    assert (answered.status, answered.json["code"]) == (413, "too_large")
    assert not Inbox.objects.exists()


def test_at_the_limits_is_accepted(front: Front, auth: dict[str, str]) -> None:
    assert front.post("/v1/batch", {"batch": [TRACK] * 500}, auth).status == 200
    full = json.dumps(BATCH).encode()
    assert front.post("/v1/batch", full + b" " * (envelope.MAX_BODY - len(full)), auth).status == 200
    assert list(Inbox.objects.order_by("pk").values_list("messages", flat=True)) == [500, 1]


def test_a_single_message_over_its_limit_is_kept_in_quarantine(front: Front, auth: dict[str, str]) -> None:
    front.post("/v1/track", {**TRACK, "properties": {"pad": "x" * 40_000}}, auth)
    row = Quarantine.objects.get()
    assert (row.kind, row.reason) == ("track", "too_large")


def test_when_too_much_waits_clients_are_told_when_to_come_back(
    front: Front, auth: dict[str, str], settings: Settings
) -> None:
    settings.BACKLOG_LIMIT = 1_000
    for _ in range(3):
        assert front.post("/v1/batch", {"batch": [TRACK] * 500}, auth).status == 200
    front.collector._backlog_at = float("-inf")
    answered = front.post("/v1/batch", BATCH, auth)
    assert answered.status == 429
    assert 1 <= int(answered.headers["Retry-After"]) <= 300
    assert Inbox.objects.count() == 3
    Inbox.objects.all().delete()
    front.collector._backlog_at = float("-inf")
    assert front.post("/v1/batch", BATCH, auth).status == 200


def test_a_browser_key_is_a_key_like_any_other(front: Front) -> None:
    site = Source.objects.create(name="Site", kind=Source.Kind.BROWSER)
    assert front.post("/v1/t", {**TRACK, "writeKey": issue(site)}).status == 200


def test_a_restart_of_the_database_costs_no_request(front: Front, auth: dict[str, str]) -> None:
    assert front.post("/v1/batch", BATCH, auth).status == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'kith collector' AND datname = current_database()"
        )
    assert front.post("/v1/batch", BATCH, auth).status == 200
    assert Inbox.objects.count() == 2


def test_without_a_database_clients_are_asked_to_retry(front: Front, auth: dict[str, str]) -> None:
    assert front.post("/v1/batch", BATCH, auth).status == 200
    pool = front.collector.inbox._connections()
    pool.timeout = 0.2
    pool.kwargs = {**pool.kwargs, "host": "/nowhere"}  # type: ignore[dict-item]
    for pooled in list(pool._pool):
        pooled.close()
    answered = front.post("/v1/batch", BATCH, auth)
    assert (answered.status, answered.headers["Retry-After"]) == (503, "2")
    assert Inbox.objects.count() == 1
