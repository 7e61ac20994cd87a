"""The pages in a real browser: they work by keyboard and on a telephone, and axe finds nothing grave."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

pytestmark = pytest.mark.browser

PEOPLE = "/admin/profiles/profile/"
PERSON = f"{PEOPLE}{{person}}/change/"
PAGES = {
    "home": "/admin/",
    "people": PEOPLE,
    "nobody": f"{PEOPLE}?q=nobody-at-all",
    "timeline": PERSON,
    "traits": f"{PERSON}?tab=traits",
    "segments of a person": f"{PERSON}?tab=segments",
    "identities": f"{PERSON}?tab=identities",
    "sources": "/admin/profiles/source/",
    "a new source": "/admin/profiles/source/add/",
    "a source": "/admin/profiles/source/1/change/",
    "replacing a key": "/admin/profiles/source/1/rotate/",
    "quarantine": "/admin/tracking/quarantine/",
    "a refused message": "/admin/tracking/quarantine/1/change/",
    "merges": "/admin/profiles/merge/",
    "identifier types": "/admin/profiles/identifiertype/",
    "users": "/admin/auth/user/",
    "a role": "/admin/auth/group/1/change/",
    "tasks": "/admin/django_celery_beat/periodictask/",
}


@pytest.fixture(scope="session")
def somebody(live: Live) -> int:
    """The id of a person of the seed with orders and several devices."""
    with live.connect() as connection:
        row = connection.execute(
            """SELECT p.id FROM profiles_profile p JOIN profiles_profilestat s ON s.profile_id = p.id
               WHERE p.traits ->> 'stage' = 'vip' ORDER BY s.events DESC LIMIT 1"""
        ).fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(opened: Open, somebody: int, theme: str, width: int) -> None:
    wrong: dict[str, list[str]] = {}
    with opened(theme, width) as page:
        for name, address in PAGES.items():
            assert page.goto(address.format(person=somebody)).status == 200, name
            page.wait_for_function("window.Alpine")
            wide = page.evaluate("document.documentElement.scrollWidth")
            wrong[name] = [*findings(page), *([f"{wide} px wide"] if wide > width else [])]
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_login_refuses_politely(opened: Open, theme: str) -> None:
    with opened(theme, anonymous=True) as page:
        page.goto("/")
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", "wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
        assert not findings(page)


def test_an_address_found_by_search_leads_to_its_person(opened: Open, live: Live, somebody: int) -> None:
    with live.connect() as connection:
        row = connection.execute(
            "SELECT value FROM profiles_identifier WHERE profile_id = %s AND type_id = 'email'", [somebody]
        ).fetchone()
    assert row
    with opened() as page:
        page.goto(PEOPLE)
        page.keyboard.press("/")
        page.keyboard.type(row[0].upper())
        page.keyboard.press("Enter")
        page.locator("tbody a").click()
        page.wait_for_url(f"**{PERSON.format(person=somebody)}")
        expect(page.get_by_text(row[0]).first).to_be_visible()


def test_pages_are_turned_by_key_and_back(opened: Open) -> None:
    with opened() as page:
        page.goto(PEOPLE)
        first = page.locator("tbody tr").first.inner_text()
        page.get_by_role("link", name="Older").click()
        page.wait_for_url("**below=*")
        assert page.locator("tbody tr").first.inner_text() != first
        page.get_by_role("link", name="Newer").click()
        page.wait_for_url("**above=*")
        assert page.locator("tbody tr").first.inner_text() == first


def test_a_filter_applies_as_it_is_chosen(opened: Open) -> None:
    with opened() as page:
        page.goto(PEOPLE)
        page.get_by_label("Stage").select_option("vip")
        page.wait_for_url("**stage=vip*")
        assert set(page.locator("tbody td:nth-child(2) .k-chip").all_inner_texts()) == {"VIP"}


def test_tabs_are_walked_with_the_arrow_keys(opened: Open, somebody: int) -> None:
    with opened() as page:
        page.goto(PERSON.format(person=somebody))
        page.get_by_role("tab", name="Visits").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Traits")).to_be_focused()
        expect(page.get_by_role("tab", name="Traits", selected=True)).to_be_visible()
        expect(page.get_by_role("cell", name="Stage stage")).to_be_visible()
        page.keyboard.press("End")
        expect(page.get_by_role("columnheader", name="Identifier")).to_be_visible()
        assert page.url.endswith("?tab=identities")


def test_the_timeline_goes_on_and_is_narrowed(opened: Open, somebody: int) -> None:
    with opened() as page:
        page.goto(PERSON.format(person=somebody))
        lines = page.locator(".k-line > li")
        assert lines.count() == 40
        page.get_by_role("link", name="Show older").click()
        expect(lines).not_to_have_count(40)
        page.get_by_role("link", name=re.compile("^Order Completed")).click()
        expect(page.locator("[aria-current=true]")).to_contain_text("Order Completed")
        assert set(page.locator(".k-what .k-strong").all_inner_texts()) == {"Placed an order"}
        lines.first.locator("summary").press("Enter")
        expect(lines.first.get_by_text("order_id")).to_be_visible()


def test_a_source_shows_its_key_once_and_the_key_works_within_two_seconds(opened: Open, live: Live) -> None:
    with opened() as page:
        page.goto("/admin/profiles/source/add/")
        page.fill("[name=name]", f"Shop {uuid4().hex[:8]}")
        page.get_by_role("button", name="Save", exact=True).click()
        key = page.locator("#the-key").inner_text()
        assert not findings(page)
        person = f"test-{uuid4().hex[:8]}"
        message = {"userId": person, "event": "Order Completed", "properties": {"revenue": 12.5}}
        sent = time.monotonic()
        assert httpx.post(f"{live.url}/v1/track", json=message, auth=(key, "")).status_code == 200
        await_person(page, person)
        assert time.monotonic() - sent < 2
        page.locator("tbody a").click()
        expect(page.get_by_text("€12.50").first).to_be_visible()


def await_person(page: Page, identifier: str) -> None:
    """Look until the person is in the list."""
    for _ in range(40):
        page.goto(f"{PEOPLE}?q={identifier}", wait_until="commit")
        if page.locator("tbody a, .k-empty").first.inner_text() and page.locator("tbody a").count():
            return
        page.wait_for_timeout(50)


def test_the_command_search_finds_people(opened: Open, live: Live, somebody: int) -> None:
    with live.connect() as connection:
        row = connection.execute(
            "SELECT traits ->> 'last_name' FROM profiles_profile WHERE id = %s", [somebody]
        ).fetchone()
    assert row
    with opened() as page:
        page.goto("/admin/")
        page.get_by_role("button", name="Find people and pages").click()
        page.locator("#search-input-command").type(row[0])
        expect(page.locator("#command-results-list a").first).to_contain_text(row[0])


def test_the_language_is_switched_from_the_account_menu(opened: Open) -> None:
    with opened() as page:
        page.goto(PEOPLE)
        page.locator("[aria-controls=user-links]").press("Enter")
        page.get_by_role("button", name="français").click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")
