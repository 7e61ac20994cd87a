"""Why somebody is in a segment, in a real browser: at any moment, in both themes, on a telephone, by keyboard."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

pytestmark = pytest.mark.browser

# The page of somebody who is in a segment or was, and has been in it for a while.
_STAY = """
SELECT m.segment_id, m.profile_id FROM segments_membership AS m JOIN segments_segment AS s ON s.id = m.segment_id
WHERE s.state = 'live' AND s.rule::text LIKE %s AND (m.left_at IS NULL) = %s ORDER BY m.entered_at, m.profile_id LIMIT 1
"""


def address_of(live: Live, rule: str, *, inside: bool) -> str:
    """The page of somebody who is in (or left) a segment whose rule says so."""
    with live.connect() as connection:
        row = connection.execute(_STAY, [f"%{rule}%", inside]).fetchone()
    assert row
    return f"/admin/segments/segment/{row[0]}/why/{row[1]}/"


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_in_why(opened: Open, live: Live, theme: str, width: int) -> None:
    pages = {"in": address_of(live, '"within"', inside=True), "first": address_of(live, "all", inside=True)}
    pages["then"] = f"{pages['in']}?at={timezone.now() - timedelta(days=2):%Y-%m-%dT%H:%M}"
    pages["out"] = address_of(live, '"within"', inside=False)
    pages["person"] = f"/admin/profiles/profile/{pages['in'].split('/')[-2]}/change/?tab=segments"
    with opened(theme, width) as page:
        for name, address in pages.items():
            assert page.goto(address).status == 200
            page.wait_for_function("window.Alpine")
            if folder := os.environ.get("KITH_PICTURES"):
                page.screenshot(path=Path(folder) / f"why-{name}-{theme}.png", full_page=True)
            assert findings(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_moment_is_chosen_by_keyboard_and_now_comes_back(opened: Open, live: Live) -> None:
    with opened() as page:
        page.goto(address_of(live, "all", inside=True))
        expect(page.get_by_role("heading", name="What comes next")).to_be_visible()
        page.get_by_label("As of").fill("2026-01-01T10:00")
        page.get_by_label("As of").press("Enter")
        page.wait_for_url("**at=2026-01-01T10*")
        expect(page.locator("#verdict")).to_contain_text("was not in")
        expect(page.get_by_text("The rule of then cannot be asked")).to_be_visible()
        page.get_by_role("link", name="Now", exact=True).click()
        expect(page.locator("#verdict")).not_to_contain_text("was")


def test_an_earlier_stay_leads_to_its_moment(opened: Open, live: Live) -> None:
    with opened() as page:
        page.goto(address_of(live, "all", inside=True))
        page.locator("table.k-top tbody a").first.click()
        page.wait_for_url("**at=*")
        expect(page.locator("#verdict")).to_contain_text("was in")
        expect(page.locator("tr.s-asked")).to_have_count(1)
        expect(page.get_by_text("the rule of then, by")).to_be_visible()
