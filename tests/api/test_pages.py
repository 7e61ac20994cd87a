"""The description of the API, and the page on which it can be tried."""

from __future__ import annotations

import pytest
from drf_spectacular.validation import validate_schema
from playwright.sync_api import Page, expect

from tests.api import given
from tests.live import Live


@pytest.mark.django_db
def test_the_description_is_valid_openapi_and_says_what_an_error_looks_like() -> None:
    schema = given.client().get("/api/schema/").json()
    validate_schema(schema)
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) == 36
    assert all("default" in operation["responses"] and operation["description"] for operation in operations)
    assert set(schema["components"]["schemas"]["Profile"]["properties"]) >= {"traits", "identifiers", "segments"}


@pytest.mark.browser
def test_the_page_sends_a_request_without_asking_another_host_or_breaking_the_policy(page: Page, live: Live) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/docs/")
    page.fill("#id_username", "admin")
    page.fill("#id_password", live.password)
    page.keyboard.press("Enter")
    segments = page.locator("#operations-segments-segments_list")
    segments.click()
    segments.get_by_text("Try it out").click()
    segments.locator("button.execute").click()
    expect(segments.locator(".live-responses-table")).to_contain_text('"results"')
    assert said == []
    assert [url for url in asked if not url.startswith((live.url, "data:"))] == []
