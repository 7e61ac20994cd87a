"""Every error is a problem detail, and nothing that a client sends is an error of ours."""

from __future__ import annotations

import json
import logging
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIClient
from rest_framework.throttling import BaseThrottle

from profiles.models import EventType, Source
from segments.api import SegmentViewSet
from segments.operators import operators
from tests.api import given as begin

JSON = "application/json"


@pytest.fixture
def api(db: None) -> APIClient:
    """The administrator's client. What fails here answers 500, as it does outside of tests."""
    client = begin.client("administrator")
    client.raise_request_exception = False
    return client


class OneAMinute(BaseThrottle):
    def allow_request(self, request: Request, view: object) -> bool:
        return False

    def wait(self) -> float:
        return 12.0


# (method, address, body, content type, status)
ERRORS = [
    ("get", "/api/nowhere/", None, JSON, 404),
    ("get", "/api/segments/nowhere/", None, JSON, 404),
    ("get", "/api/segments/nowhere/members/", None, JSON, 404),
    ("get", "/api/segments/nowhere/transitions/", None, JSON, 404),
    ("get", "/api/sources/999999999999999999/", None, JSON, 404),
    ("get", "/api/sources/9999999999999999999999/", None, JSON, 404),
    ("get", "/api/profiles/email:nobody@example.org/", None, JSON, 404),
    ("get", "/api/profiles/", None, JSON, 404),
    ("delete", "/api/segments/", None, JSON, 405),
    ("put", "/api/sources/", b"{}", JSON, 405),
    ("get", "/api/segments/preview/", None, JSON, 405),
    ("get", "/api/profiles/lookup/", None, JSON, 405),
    ("post", "/api/segments/", b"{", JSON, 400),
    ("post", "/api/segments/", b"", JSON, 400),
    ("post", "/api/segments/", b"\xff\xfe", JSON, 400),
    ("post", "/api/segments/", b'{"slug": "x\\u0000"}', JSON, 400),
    ("post", "/api/segments/", b'{"slug": "x\\ud800"}', JSON, 400),
    ("post", "/api/segments/", b'{"rule": 1e400}', JSON, 400),
    ("post", "/api/segments/", b'{"rule": NaN}', JSON, 400),
    ("post", "/api/segments/", b'{"rule": ' + b"9" * 5000 + b"}", JSON, 400),
    ("post", "/api/segments/", b"[" * 100_000, JSON, 400),
    ("post", "/api/segments/", b'{"rule": ' + b"[" * 900 + b"]" * 900 + b"}", JSON, 400),
    ("post", "/api/segments/", b"null", JSON, 400),
    ("post", "/api/segments/", b'"text"', JSON, 400),
    ("post", "/api/segments/", b"{}", JSON + "; charset=rot13", 400),
    ("post", "/api/segments/", b"a=b", "application/x-www-form-urlencoded", 415),
    ("post", "/api/segments/", b"<xml/>", "text/xml", 415),
    ("post", "/api/segments/", b'{"x": "' + b"a" * 3_000_000 + b'"}', JSON, 413),
    ("get", "/api/segments/?cursor=x", None, JSON, 400),
    ("get", "/api/segments/?cursor=-1", None, JSON, 400),
    ("get", "/api/segments/?cursor=1-2", None, JSON, 400),
    ("get", "/api/segments/?cursor=%00", None, JSON, 400),
    ("get", "/api/segments/?cursor=" + "9" * 19, None, JSON, 400),
    ("get", "/api/transitions/?cursor=1-2-3", None, JSON, 400),
    ("get", "/api/transitions/?cursor=1-2-3-²", None, JSON, 400),
    ("get", "/api/segments/?limit=0", None, JSON, 400),
    ("get", "/api/segments/?limit=1001", None, JSON, 400),
    ("get", "/api/segments/?limit=all", None, JSON, 400),
    ("get", "/api/segments/?state=%00", None, JSON, 400),
    ("get", "/api/sources/?kind=pigeon", None, JSON, 400),
]


@pytest.mark.parametrize(("method", "address", "body", "content_type", "status"), ERRORS)
def test_an_error_is_a_problem_detail(
    api: APIClient, method: str, address: str, body: bytes | None, content_type: str, status: int
) -> None:
    answer = api.generic(method.upper(), address, body or b"", content_type=content_type)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert problem["status"] == status
    assert problem.keys() >= {"type", "title", "detail"}
    assert all(error.keys() == {"pointer", "detail"} for error in problem.get("errors", []))


@pytest.mark.parametrize(
    "header",
    ["", "Token", "Token nonsense", "Token a b", "Token " + "0" * 64, "Token é", "Token \xff\xfe", "Basic eDp5", "x"],
)
def test_without_a_valid_token_the_answer_is_401(db: None, header: str) -> None:
    answer = Client(raise_request_exception=False).get("/api/segments/", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Token"


def test_who_asks_too_often_is_told_when_to_come_back(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SegmentViewSet, "throttle_classes", [OneAMinute])
    answer = api.get("/api/segments/")
    assert (answer.status_code, answer["Retry-After"], answer.json()["status"]) == (429, "12", 429)


def test_an_error_of_ours_says_nothing_of_what_happened(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SegmentViewSet, "filterset_fields", ("no such field",))
    answer = api.get("/api/segments/?state=live")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "field" not in answer.content.decode()


def test_errors_outside_the_api_stay_pages(db: None) -> None:
    answer = Client(raise_request_exception=False).get("/nowhere/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


def test_no_identifier_reaches_the_log(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    """`logging` is asked for the level at which nothing is left out."""
    logger = logging.getLogger("django.request")
    level = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        for kind, value in [("email", "bob@example.org"), ("user_id", "a/bob@example.org"), ("x", "y:bob@example.org")]:
            api.get(f"/api/profiles/{kind}:{quote(value, safe='')}/")
            api.post("/api/profiles/lookup/", {"type": kind, "value": value}, format="json")
    finally:
        logger.setLevel(level)
    assert "/api/profiles/email:…" in caplog.text
    assert "bob" not in caplog.text


GROUPS = ["all", "any", "none", "rule"]
CONDITIONS = ["where", "did", "in", "inactive", "attribute", "op", "is", "value", "traits.country", "event", "within"]
FIELDS = ["slug", "name", "type", "email", "kind", "overlap_hours", "allowed_origins", "segment", "french"]
words = st.sampled_from([*GROUPS, *CONDITIONS, *FIELDS])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
# Nearly right: the shape of a condition, with anything inside.
conditions = st.one_of(
    st.fixed_dictionaries(
        {
            "where": st.fixed_dictionaries(
                {"attribute": st.just("traits.country"), "op": st.sampled_from(list(operators())), "value": values}
            )
        }
    ),
    st.fixed_dictionaries(
        {
            "did": st.fixed_dictionaries(
                {"event": st.just("Order Completed") | values, "at_least": values},
                optional={
                    "within": values | st.just("99999 months"),
                    "since": values,
                    "between": values,
                    "where": st.lists(values),
                },
            )
        }
    ),
    st.fixed_dictionaries({"inactive": st.fixed_dictionaries({"for": values})}),
    st.fixed_dictionaries({"in": st.fixed_dictionaries({"segment": st.just("french") | values})}),
)
rules = values | st.fixed_dictionaries({"any": st.lists(conditions, min_size=1, max_size=3)})


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=values, rule=rules)
def test_no_body_is_an_error_of_ours(api: APIClient, body: object, rule: object) -> None:
    with transaction.atomic():
        begin.anna()
        begin.french()
        EventType.objects.get_or_create(name="Order Completed")
        source = Source.objects.create(name="Shop")
        writes = [
            ("/api/profiles/lookup/", body),
            ("/api/sources/", body),
            (f"/api/sources/{source.pk}/rotate/", body),
            ("/api/segments/", {"slug": "x", "name": "x", "rule": rule}),
            ("/api/segments/preview/", {"rule": rule, "segment": "french"}),
        ]
        for address, sent in writes:
            answer = api.generic("POST", address, json.dumps(sent), content_type=JSON)
            assert answer.status_code < 500, (address, sent, answer.content)
        transaction.set_rollback(True)
