"""The tracker in a real browser, on a website of another origin, against the running Kith."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from tests.live import Live
from tests.tracking.website import Website, serving
from tracking.script import SOURCE, served

EVENTS = """
    SELECT t.name, e.properties, e.profile_id FROM profiles_event e
    JOIN profiles_eventtype t ON t.id = e.name_id
    JOIN profiles_identifier i ON i.profile_id = e.profile_id
    WHERE i.type_id = 'anonymous_id' AND i.value = %s AND t.name <> 'Visit Started' ORDER BY e.occurred_at"""
APPLIED_SECONDS = 8
NOTHING_WAITS = "!Object.keys(localStorage).some((name) => name.startsWith('kith_box_'))"


@pytest.fixture
def website(live: Live) -> Iterator[Website]:
    with serving(live.url, live.write_key) as found:
        yield found


@pytest.fixture
def visitor(browser: Browser, website: Website) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    context = browser.new_context(base_url=website.url)
    yield context
    context.close()


def ready(page: Page, path: str = "/") -> Page:
    """Open a page and wait until the tracker has taken over."""
    page.goto(path)
    page.wait_for_function("Boolean(window.kith && kith.track)")
    return page


def anonymous_id(context: BrowserContext) -> str:
    return str(next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "ajs_anonymous_id"))


def stored(page: Page) -> list[str]:
    return sorted([*page.evaluate("Object.keys(localStorage)"), *(one["name"] for one in page.context.cookies())])


def events(live: Live, anonymous: str, count: int) -> list[tuple[str, dict[str, Any]]]:
    """The events of a visitor, once there are as many."""
    deadline = time.monotonic() + APPLIED_SECONDS
    with live.connect() as connection:
        while True:
            found = [(name, said) for name, said, _who in connection.execute(EVENTS, [anonymous]).fetchall()]
            if len(found) >= count or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


def names(found: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _said in found]


def test_it_is_small_and_readable_and_asks_nobody_else() -> None:
    assert len(served()) < 5_000
    assert not re.search(rb"https?://", served())
    assert max(map(len, SOURCE.read_text().splitlines())) <= 120


def test_any_website_may_load_it_and_browsers_may_keep_it() -> None:
    answer = Client().get("/tracker.js")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in answer.headers["Cache-Control"]
    again = Client().get("/tracker.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().post("/tracker.js").status_code == 405


@pytest.mark.browser
def test_a_visit_with_all_its_circumstances_arrives(live: Live, visitor: BrowserContext) -> None:
    page = ready(visitor.new_page(), "/tents?utm_source=letter&utm_medium=email&utm_campaign=spring#private")
    page.evaluate("kith.track('Product Viewed', {price: 349})")
    page.evaluate("kith.identify('U-' + crypto.randomUUID(), {email: `${crypto.randomUUID()}@example.com`})")
    page.evaluate("kith.group('G-1', {name: 'Club'})")
    found = events(live, anonymous_id(visitor), 2)
    assert names(found) == ["Page Viewed", "Product Viewed"]
    assert found[0][1]["url"].endswith("/tents?utm_source=letter&utm_medium=email&utm_campaign=spring")
    assert (found[0][1]["title"], found[1][1]) == ("/tents", {"price": 349})
    with live.connect() as connection:
        types = connection.execute(
            """SELECT array_agg(DISTINCT b.type_id) FROM profiles_identifier a
               JOIN profiles_identifier b USING (profile_id) WHERE a.value = %s""",
            [anonymous_id(visitor)],
        ).fetchone()
    assert types == (["anonymous_id", "email", "user_id"],)


@pytest.mark.browser
def test_what_is_sent_has_the_form_of_the_spec(visitor: BrowserContext) -> None:
    page = visitor.new_page()
    with page.expect_request("**/v1/batch") as sent:
        ready(page, "/a?utm_source=x&utm_campaign=c&utm_content=d")
    body = sent.value.post_data_json
    message = body["batch"][0]
    assert re.fullmatch(r"kw_[\w-]+", body["writeKey"])
    assert re.match(r"\d{4}-\d\d-\d\dT.*Z$", body["sentAt"])
    assert (message["type"], message["anonymousId"]) == ("page", anonymous_id(visitor))
    assert len(message["messageId"]) == 32
    context = message["context"]
    assert context["campaign"] == {"source": "x", "name": "c", "content": "d"}
    assert context["page"]["search"] == "?utm_source=x&utm_campaign=c&utm_content=d"
    assert "Chrome" in context["userAgent"]
    assert {"locale", "timezone", "screen", "consent", "library"} <= context.keys()
    assert "authorization" not in sent.value.headers


@pytest.mark.browser
def test_calls_made_before_it_came_are_made_up_for(live: Live, website: Website, visitor: BrowserContext) -> None:
    website.before = "window.kith = []; kith.push(['track', 'Early', {n: 1}]); kith.push(['nonsense'])"
    page = ready(visitor.new_page())
    page.evaluate("kith.push(['track', 'Late'])")
    assert names(events(live, anonymous_id(visitor), 3)) == ["Page Viewed", "Early", "Late"]


@pytest.mark.browser
def test_leaving_at_once_loses_nothing(live: Live, visitor: BrowserContext) -> None:
    page = ready(visitor.new_page())
    page.evaluate("kith.track('Clicked'); location.href = 'about:blank'")
    page.wait_for_url("about:blank")
    again = ready(visitor.new_page(), "/next")
    again.evaluate("kith.track('Closed')")
    again.close()
    found = names(events(live, anonymous_id(visitor), 4))
    assert sorted(found) == ["Clicked", "Closed", "Page Viewed", "Page Viewed"]


@pytest.mark.browser
def test_what_could_not_be_sent_is_sent_by_the_next_page(live: Live, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    for address in ("**/v1/batch", "**/beacon/**"):
        page.route(address, lambda route: route.abort())
    ready(page).evaluate("kith.track('Offline')")
    page.wait_for_timeout(200)
    page.unroute_all()
    ready(page, "/next")
    assert names(events(live, anonymous_id(visitor), 3)) == ["Page Viewed", "Offline", "Page Viewed"]
    page.wait_for_function(NOTHING_WAITS)


@pytest.mark.browser
def test_a_server_that_is_busy_is_asked_again(live: Live, visitor: BrowserContext) -> None:
    page = visitor.new_page()
    answers = iter([503, 429])

    def busy(route: Any) -> None:
        status = next(answers, None)
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        if status:
            route.fulfill(status=status, headers={**headers, "Retry-After": "1"})
        else:
            route.continue_()

    page.route("**/v1/batch", busy)
    ready(page)
    page.wait_for_function(NOTHING_WAITS, timeout=10_000)
    assert next(answers, None) is None
    assert names(events(live, anonymous_id(visitor), 1)) == ["Page Viewed"]


@pytest.mark.browser
def test_moving_within_a_page_is_a_page_each(live: Live, visitor: BrowserContext) -> None:
    page = ready(visitor.new_page(), "/one")
    page.evaluate("history.pushState({}, '', '/two'); document.title = 'Two'")
    page.wait_for_timeout(50)
    page.evaluate("history.replaceState({}, '', '/two#place')")
    page.go_back()
    found = events(live, anonymous_id(visitor), 3)
    assert [said["path"] for _name, said in found] == ["/one", "/two", "/one"]
    assert [said["title"] for _name, said in found][1] == "Two"
    assert found[1][1]["referrer"].endswith("/one")
    assert found[2][1]["referrer"].endswith("/two")


@pytest.mark.browser
def test_whom_segment_knew_stays_known_and_a_reset_makes_a_stranger(website: Website, visitor: BrowserContext) -> None:
    cookie = {"name": "ajs_anonymous_id", "value": "%22from-segment-1%22", "url": website.url}
    visitor.add_cookies([cookie])  # type: ignore[list-item]
    page = ready(visitor.new_page())
    assert anonymous_id(visitor) == "from-segment-1"
    page.evaluate("kith.identify('U-1'); kith.reset(); kith.track('Other')")
    page.wait_for_timeout(100)
    assert anonymous_id(visitor) != "from-segment-1"
    assert "ajs_user_id" not in stored(page)
    visitor.clear_cookies()
    kept = page.evaluate("localStorage.ajs_anonymous_id")
    ready(page, "/next")
    assert f'"{anonymous_id(visitor)}"' == kept


@pytest.mark.browser
@pytest.mark.parametrize(("signal", "value"), [("doNotTrack", "'1'"), ("globalPrivacyControl", "true")])
def test_who_does_not_want_to_be_tracked_is_not(visitor: BrowserContext, signal: str, value: str) -> None:
    visitor.add_init_script(f"Object.defineProperty(Navigator.prototype, '{signal}', {{get: () => {value}}})")
    page = visitor.new_page()
    sent = requests(page)
    ready(page).evaluate("kith.track('X'); kith.identify('U-1', {email: 'a@example.com'})")
    ready(page, "/next")
    assert (sent, stored(page)) == ([], [])


@pytest.mark.browser
def test_before_consent_nothing_is_stored_or_sent_and_after_it_nothing_is_missing(
    live: Live, website: Website, visitor: BrowserContext
) -> None:
    website.attributes["data-consent"] = "required"
    page = visitor.new_page()
    sent = requests(page)
    ready(page).evaluate("kith.track('Looked')")
    page.wait_for_timeout(300)
    assert (sent, stored(page)) == ([], [])
    with page.expect_request("**/v1/batch") as request:
        page.evaluate("kith.consent({analytics: true, marketing: false})")
    said = [message["context"]["consent"]["categoryPreferences"] for message in request.value.post_data_json["batch"]]
    assert said == [{"analytics": True, "marketing": False}] * 2
    assert names(events(live, anonymous_id(visitor), 2)) == ["Page Viewed", "Looked"]
    ready(page, "/next")
    assert len(events(live, anonymous_id(visitor), 3)) == 3


@pytest.mark.browser
def test_who_refuses_or_withdraws_is_forgotten(website: Website, visitor: BrowserContext) -> None:
    website.attributes["data-consent"] = "required"
    page = visitor.new_page()
    sent = requests(page)
    ready(page).evaluate("kith.consent({analytics: false})")
    ready(page, "/next").evaluate("kith.track('X')")
    assert (sent, stored(page)) == ([], ["kith_consent"])
    page.evaluate("kith.consent({analytics: true}); kith.track('Y')")
    page.wait_for_timeout(200)
    assert "ajs_anonymous_id" in stored(page)
    page.evaluate("kith.consent({analytics: false})")
    assert stored(page) == ["kith_consent"]
    assert page.evaluate("kith.consent()") == {"analytics": False}


def requests(page: Page) -> list[str]:
    """What the page sends to Kith from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    return sent
