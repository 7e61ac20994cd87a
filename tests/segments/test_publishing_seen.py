"""Drafts, rule tests and the review in a real browser; axe finds nothing grave."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

pytestmark = pytest.mark.browser

ADD = "/admin/segments/segment/add/"
FRENCH = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}]}
ABROAD = {"all": [{"where": {"attribute": "traits.country", "op": "is", "not": True, "value": "FR"}}]}


def begin(page: Page, rule: dict, name: str) -> None:
    page.goto(f"{ADD}?name={name}&rule={json.dumps(rule)}")
    counted(page)


def counted(page: Page) -> None:
    expect(page.locator(".total")).to_be_visible(timeout=20_000)
    expect(page.locator(".counting")).to_have_count(0)
    expect(page.locator(".stale")).to_have_count(0)


def add_test(page: Page, who: str, side: str) -> None:
    page.get_by_label("Must be", exact=True).select_option(side)
    page.get_by_label("Person", exact=True).fill(who)
    expect(page.locator("#test-found li").first).to_be_visible()
    page.keyboard.press("Enter")


def one_of(live: Live, country: str) -> tuple[str, str]:
    with live.connect() as connection:
        row = connection.execute(
            "SELECT i.value, p.traits ->> 'country' FROM profiles_profile p JOIN profiles_identifier i"
            " ON i.profile_id = p.id AND i.type_id = 'email' WHERE p.traits ->> 'country' = %s LIMIT 1",
            [country],
        ).fetchone()
    assert row
    return row


def change_rule(page: Page, rule: dict) -> None:
    page.evaluate(
        """rule => {
            const old = document.querySelector("kith-rule-builder"), fresh = old.cloneNode(true);
            fresh.querySelector("textarea").value = JSON.stringify(rule);
            old.replaceWith(fresh);
        }""",
        rule,
    )
    counted(page)


def test_a_draft_is_saved_tested_reviewed_and_published(opened: Open, live: Live) -> None:
    name = f"Test {uuid4().hex[:8]}"
    french, _country = one_of(live, "FR")
    with opened() as page:
        begin(page, FRENCH, name)
        add_test(page, french, "in")
        row = page.locator(".s-test-rows li")
        expect(row.locator(".s-test-said")).to_contain_text("is in")
        expect(page.locator(".s-tests-sum")).to_have_text("1 / 1")
        assert findings(page) == []
        page.get_by_role("button", name="Save draft").click()
        page.wait_for_url(re.compile(r"/draft/$"))
        expect(page.get_by_text("1 rule test passes.")).to_be_visible()
        assert findings(page) == []
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/change/$"))
        expect(page.locator("[data-awaits]")).to_have_count(0, timeout=15_000)

        page.get_by_role("link", name="Edit the rule").click()
        counted(page)
        change_rule(page, ABROAD)
        expect(page.locator(".s-test-rows .s-test-said")).to_contain_text("is out: country is not FR (FR)")
        page.get_by_role("button", name="Review and publish").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("These rule tests fail")).to_be_visible()
        expect(dialog.get_by_role("button", name="Publish")).to_be_disabled()
        assert findings(page) == []
        dialog.get_by_role("button", name="Back").click()
        page.locator(".s-test-rows select").select_option(label="must be out")
        expect(page.locator(".s-tests-sum")).to_have_text("1 / 1")
        page.get_by_role("button", name="Review and publish").click()
        expect(dialog.get_by_text("All rule tests pass.")).to_be_visible()
        expect(dialog.get_by_text("Country is FR → Country is not FR", exact=True)).to_be_visible()
        expect(dialog.get_by_text("Country is FR → country is not FR", exact=True).first).to_be_visible()
        assert findings(page) == []
        dialog.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/change/$"))


def test_a_test_is_removed_by_keyboard_and_a_name_half_typed_publishes_nothing(opened: Open, live: Live) -> None:
    name = f"Test {uuid4().hex[:8]}"
    french, _country = one_of(live, "FR")
    with opened() as page:
        begin(page, FRENCH, name)
        add_test(page, french, "out")
        expect(page.locator(".s-tests-sum")).to_have_text("0 / 1")
        page.get_by_label("Person", exact=True).fill("nobody of that name")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Nobody found")).to_be_visible()
        assert page.url.partition("?")[0].endswith(ADD)
        page.get_by_role("button", name=re.compile("^Remove the test of")).focus()
        page.keyboard.press("Enter")
        expect(page.locator(".s-test-rows li")).to_have_count(0)
        expect(page.get_by_label("Person", exact=True)).to_be_focused()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_a_second_person_sees_what_they_agree_to(opened: Open, live: Live, theme: str, width: int) -> None:
    name = f"Test {uuid4().hex[:8]}"
    with opened(theme=theme, width=width) as page:
        begin(page, FRENCH, name)
        page.get_by_role("button", name="Save draft").click()
        page.wait_for_url(re.compile(r"/draft/$"))
        page.get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/change/$"))
        expect(page.locator("[data-awaits]")).to_have_count(0, timeout=15_000)
        edit = page.url.replace("change", "edit")
        page.goto(edit)
        counted(page)
        change_rule(page, ABROAD)
        page.get_by_role("button", name="Save draft").click()
        page.wait_for_url(re.compile(r"/draft/$"))
        draft = page.url
        pk = re.search(r"/(\d+)/draft", draft)[1]
        with live.connect() as connection:
            connection.execute(
                "UPDATE segments_segmentdraft SET asked_at = now(), author_id = NULL WHERE segment_id = %s", [pk]
            )
        page.goto(edit)
        expect(page.get_by_text("This is a draft by")).to_be_visible()
        page.goto(draft)
        expect(page.get_by_text("asks you to look at it")).to_be_visible()
        expect(page.get_by_text("Country is FR → Country is not FR", exact=True)).to_be_visible()
        assert findings(page) == []
        page.get_by_role("button", name="Agree and publish").click()
        page.wait_for_url(re.compile(r"/change/$"))
