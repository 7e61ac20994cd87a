"""Remarks, estimates and reasons in the builder, in a real browser: read, mended by a click or a key, undone."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.screens.axe import findings
from tests.screens.conftest import Open
from tests.segments.test_builder import FRENCH, ORDERED, counted, rule, tab_to, write

pytestmark = pytest.mark.browser

NOT_FRENCH = {"where": {**FRENCH["where"], "not": True}}
GERMAN = {"where": {"attribute": "traits.country", "op": "is", "value": "DE"}}
NOT_GERMAN = {"where": {**GERMAN["where"], "not": True}}
KNOWN = {"where": {"attribute": "traits.country", "op": "known"}}


def test_the_unknown_are_taken_out_by_keyboard_and_let_in_again_by_undo(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [NOT_FRENCH, ORDERED]})
        expect(page.locator(".note", has_text=re.compile(r"including \d+ for whom it is unknown"))).to_be_visible()
        tab_to(page, "[data-fix=beside]")
        page.keyboard.press("Enter")
        assert rule(page) == {"all": [NOT_FRENCH, KNOWN, ORDERED]}
        counted(page)
        expect(page.locator(".note", has_text="including")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        assert rule(page) == {"all": [NOT_FRENCH, ORDERED]}


def test_what_contradicts_itself_or_denies_two_things_is_told_and_mended(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [ORDERED, {"all": [FRENCH, GERMAN]}]})
        expect(page.locator(".panel")).to_contain_text("its conditions contradict each other")
        expect(page.locator(".group.inner .note.grave")).to_contain_text("never hold for the same person")
        page.get_by_role("button", name="Use “any of these”").click()
        assert rule(page) == {"all": [ORDERED, {"any": [FRENCH, GERMAN]}]}
        counted(page)
        expect(page.locator(".note.grave")).to_have_count(0)
        write(page, {"all": [ORDERED, {"any": [NOT_FRENCH, NOT_GERMAN]}]})
        page.get_by_role("button", name="Use “all of these”").click()
        assert rule(page) == {"all": [ORDERED, {"all": [NOT_FRENCH, NOT_GERMAN]}]}
        write(page, {"all": [ORDERED, {"did": {"event": "Order Completed"}}]})
        page.get_by_role("button", name="Remove it").click()
        assert rule(page) == {"all": [ORDERED]}


def test_a_rule_that_is_one_negation_gets_its_group(opened: Open) -> None:
    with opened() as page:
        write(page, {"none": [FRENCH]})
        page.get_by_role("button", name="and is known").click()
        assert rule(page) == {"all": [{"none": [FRENCH]}, KNOWN]}
        counted(page)


def test_everybody_in_the_sample_says_why(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [FRENCH, {"did": {"event": "Order Completed", "at_least": 2}}]})
        reasons = page.locator(".people .because").all_inner_texts()
        assert reasons
        assert all(re.fullmatch(r"country FR · Order Completed \d+ times", text) for text in reasons)


def test_an_estimate_says_so_until_everybody_is_counted(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [FRENCH]})
        asked = []

        def estimated(route: Route) -> None:
            body = json.loads(route.request.post_data or "{}")
            asked.append(body)
            answer = route.fetch().json()
            route.fulfill(json=answer if body.get("exact") else {**answer, "estimated": ["", "0"], "total": 77})

        page.route("**/preview/", estimated)
        page.get_by_label("Comparison").select_option("!is")
        expect(page.get_by_role("button", name="Undo")).to_be_enabled()
        counted(page)
        expect(page.get_by_text("Exact count in")).to_be_visible()
        assert [bool(body.get("exact")) for body in asked] == [False, True]
        assert len({body["asker"] for body in asked}) == 1
        page.unroute("**/preview/")
        page.route(
            "**/preview/", lambda route: route.fulfill(json={**json.loads(route.fetch().text()), "estimated": [""]})
        )
        page.get_by_label("Comparison").select_option("is")
        expect(page.locator(".total")).to_contain_text("~")
        expect(page.get_by_text("Estimated from a sample")).to_be_visible()
        page.unroute_all(behavior="ignoreErrors")


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
def test_axe_finds_nothing_grave_in_remarks(opened: Open, theme: str, width: int) -> None:
    with opened(theme, width) as page:
        write(page, {"all": [ORDERED, NOT_FRENCH, {"any": [NOT_FRENCH, NOT_GERMAN]}, {"all": [FRENCH, GERMAN]}]})
        assert page.locator(".note").count() > 3
        assert findings(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
