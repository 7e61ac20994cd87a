"""The pages of connections in a real browser: axe finds nothing grave, nothing sticks out, progress moves by itself."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

pytestmark = pytest.mark.browser

CRM = "/admin/connectors/connection/{crm}/"
PAGES = {
    "list": "/admin/connectors/connection/",
    "a new one": "/admin/connectors/connection/add/",
    "runs": CRM + "change/",
    "fields": CRM + "change/?tab=fields",
    "refused": CRM + "change/?tab=letters",
    "conflicts": CRM + "change/?tab=conflicts",
    "a dry run": CRM + "runs/{dry}/",
    "a dead letter": CRM + "letters/{letter}/",
    "settings": CRM + "settings/",
    "credentials": CRM + "credentials/",
    "deals": "/admin/connectors/deal/",
    "a deal": "/admin/connectors/deal/{deal}/change/",
    "a person": "/admin/profiles/profile/{anna}/change/?tab=crm",
    "accounts": "/admin/profiles/account/",
    "an account": "/admin/profiles/account/{account}/change/",
}


@pytest.fixture(scope="module")
def ids(live: Live) -> dict[str, int]:
    """A connection with something on each page; what addresses call it."""
    said = live.manage("shell", "-c", "from tests.screens.crm_in_view import fill; fill()")
    return dict(json.loads(said.splitlines()[-1]))


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(
    opened: Open, ids: dict[str, int], theme: str, width: int
) -> None:
    wrong: dict[str, list[str]] = {}
    with opened(theme, width) as page:
        for name, address in PAGES.items():
            assert page.goto(address.format(**ids)).status == 200, name
            page.wait_for_function("window.Alpine")
            wide = page.evaluate("document.documentElement.scrollWidth")
            wrong[name] = [*findings(page), *([f"{wide} px wide"] if wide > width else [])]
    assert {name: found for name, found in wrong.items() if found} == {}


def test_progress_moves_by_itself_and_the_page_is_new_when_it_ends(
    opened: Open, live: Live, ids: dict[str, int]
) -> None:
    with opened() as page, live.connect() as connection:
        page.goto(PAGES["runs"].format(**ids))
        expect(page.locator("#progress")).to_be_hidden()
        row = connection.execute(
            """INSERT INTO connectors_syncrun (connection_id, object, direction, state, dry_run, "full", started_at,
                   moved_at, total, read, changed, written, skipped, failed, calls, cancel, error, details)
               VALUES (%s, 'contacts', 'pull', 'pulling', false, true, now(),
                   now(), 200, 50, 0, 0, 0, 0, 1, false, '', '{}')
               RETURNING id""",
            [ids["crm"]],
        ).fetchone()
        assert row
        expect(page.get_by_text("50 of 200")).to_be_visible(timeout=15_000)
        connection.execute("UPDATE connectors_syncrun SET read = 150 WHERE id = %s", [row[0]])
        expect(page.get_by_text("150 of 200")).to_be_visible(timeout=15_000)
        connection.execute(
            "UPDATE connectors_syncrun SET read = 200, state = 'done', finished_at = now() WHERE id = %s", [row[0]]
        )
        expect(page.locator("#progress")).to_be_hidden(timeout=15_000)
        expect(page.get_by_role("row", name="Read · Contacts everything")).to_be_visible(timeout=15_000)


def test_everything_is_reached_by_keyboard(opened: Open, ids: dict[str, int]) -> None:
    with opened() as page:
        page.goto(PAGES["runs"].format(**ids))
        page.locator(".c-menu > summary").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Read and compare everything")).to_be_visible()
        page.get_by_role("tab", name="Runs").focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name="Fields", selected=True)).to_be_visible()
        expect(page.get_by_label("Owner of Phone").first).to_be_visible()
