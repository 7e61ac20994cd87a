"""What only browsers ask for: which website may send, and the settings their SDKs fetch first."""

import pytest

from profiles.models import Source
from tests.tracking.front import Front, basic
from tracking.models import Inbox

BATCH = {"batch": [{"type": "track", "event": "Clicked", "userId": "u1", "messageId": "m1"}]}


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/t/", "/v1/projects/k/settings", "/sourceConfig/", "/v1/anything"])
def test_a_preflight_is_answered_for_every_address(front: Front, path: str) -> None:
    answered = front.request(
        "OPTIONS", path, headers={
            "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "Content-Type, rsa-trace-id, rsa-\u00e9, x-evil",
        },
    )  # fmt: skip
    assert answered.status == 200
    assert answered.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answered.headers["Access-Control-Max-Age"] == "86400"
    assert answered.headers["Vary"] == "Origin"
    allowed = set(answered.headers["Access-Control-Allow-Headers"].split(", "))
    assert allowed == {"authorization", "content-type", "anonymousid", "sentat", "x-retry-count", "rsa-trace-id"}


@pytest.mark.parametrize(
    ("allow_list", "origin", "status", "echoed"),
    [
        ([], "https://any.example", 200, "https://any.example"),
        (["https://shop.example"], "https://shop.example", 200, "https://shop.example"),
        (["https://Shop.example/"], "https://shop.example", 200, "https://shop.example"),
        (["https://shop.example"], "https://thief.example", 403, None),
        (["https://shop.example"], "null", 403, None),
        (["https://shop.example"], "", 200, None),
        ([], "https://x\u0001y", 200, None),
    ],
)
def test_a_website_may_use_a_key_when_the_source_allows_it(
    front: Front,
    shop: Source,
    auth: dict[str, str],
    allow_list: list[str],
    origin: str,
    status: int,
    echoed: str | None,
) -> None:
    Source.objects.update(allowed_origins=allow_list)
    answered = front.post("/v1/batch", BATCH, {**auth, "Origin": origin})
    assert answered.status == status
    assert answered.headers.get("Access-Control-Allow-Origin") == echoed
    assert Inbox.objects.exists() == (status == 200)


def test_errors_can_be_read_by_the_page_that_caused_them(front: Front) -> None:
    answered = front.post("/v1/batch", BATCH, {"Origin": "https://shop.example"})
    assert answered.status == 401
    assert answered.headers["Access-Control-Allow-Origin"] == "https://shop.example"


@pytest.mark.parametrize("slash", ["", "/"])
def test_analytics_next_gets_its_settings(front: Front, key: str, slash: str) -> None:
    answered = front.request("GET", f"/v1/projects/{key}/settings{slash}")
    assert answered.status == 200
    assert answered.json["integrations"] == {
        "Segment.io": {"apiKey": key, "apiHost": "kith.test:8000/v1", "protocol": "http"}
    }
    assert answered.json["plan"]["track"]["__default"]["enabled"] is True
    assert answered.json["metrics"] == {"sampleRate": 0}
    assert (answered.json["remotePlugins"], answered.json["enabledMiddleware"]) == ([], {})
    assert "middlewareSettings" in answered.json
    behind = {"X-Forwarded-Proto": "https", "Host": "evil\r\nhost"}
    found = front.request("GET", f"/v1/projects/{key}/settings", headers=behind).json["integrations"]["Segment.io"]
    assert (found["protocol"], found["apiHost"]) == ("https", "kith.test:8000/v1")


@pytest.mark.parametrize("slash", ["", "/"])
def test_rudderstack_gets_its_source_config(front: Front, shop: Source, key: str, slash: str) -> None:
    answered = front.request("GET", f"/sourceConfig{slash}?p=npm&writeKey={key}")
    assert answered.status == 200
    source = answered.json["source"]
    assert (source["id"], source["name"], source["writeKey"], source["enabled"]) == (str(shop.pk), "Shop", key, True)
    assert source["config"]["statsCollection"] == {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    assert (source["destinations"], source["connections"]) == ([], [])
    assert front.request("GET", f"/sourceConfig{slash}", headers=basic(key)).status == 200


@pytest.mark.parametrize("path", ["/v1/projects/unknown/settings", "/sourceConfig/?writeKey=unknown", "/sourceConfig"])
def test_settings_are_for_those_who_have_a_key(front: Front, path: str) -> None:
    assert front.request("GET", path).status == 401
