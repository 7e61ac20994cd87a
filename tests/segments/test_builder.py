"""The builder in a real browser: by mouse, by keyboard, on a telephone, without scripts; axe finds nothing grave."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from segments.leaves import conditions
from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

pytestmark = pytest.mark.browser

LIST = "/admin/segments/segment/"
ADD = f"{LIST}add/"
ORDERED = {"did": {"event": "Order Completed", "at_least": 1, "within": "6 months"}}
FRENCH = {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}


def new_name() -> str:
    return f"Test {uuid4().hex[:8]}"


def rule(page: Page) -> dict:
    """What the form would send."""
    return json.loads(page.locator("kith-rule-builder > textarea").input_value())


def write(page: Page, wanted: dict, name: str = "") -> None:
    """Open the builder of a new segment with this rule in it, as somebody without scripts would have left it."""
    page.goto(ADD)
    page.fill("[name=name]", name or new_name())
    put(page, wanted)
    counted(page)


def put(page: Page, wanted: dict) -> None:
    """Begin with this rule."""
    page.evaluate(
        """rule => {
            const old = document.querySelector("kith-rule-builder"), fresh = old.cloneNode(true);
            fresh.querySelector("textarea").value = JSON.stringify(rule);
            old.replaceWith(fresh);
        }""",
        wanted,
    )


def counted(page: Page) -> None:
    """Wait until the figures are those of the rule."""
    expect(page.locator(".total")).to_be_visible()
    expect(page.locator(".counting")).to_have_count(0)
    expect(page.locator(".stale")).to_have_count(0)


def total(page: Page) -> int:
    return int(page.locator(".total b").inner_text().replace(",", ""))


def counts(page: Page) -> list[int]:
    """The counts beside groups and conditions, from the top."""
    return [int(text) for text in page.locator(".pill [aria-hidden]").all_inner_texts()]


def root(page: Page) -> Locator:
    return page.locator(".group.root")


def publish(page: Page) -> None:
    page.get_by_role("button", name="Review and publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/segment/\d+/change/$"))
    expect(page.locator("[data-awaits]")).to_have_count(0, timeout=15_000)


def members_in_database(live: Live, name: str) -> int:
    with live.connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM segments_membership m JOIN segments_segment s ON s.id = m.segment_id"
            " WHERE s.name = %s AND m.left_at IS NULL",
            [name],
        ).fetchone()
    assert row
    return int(row[0])


def test_a_rule_is_built_by_mouse_and_its_members_are_shown(opened: Open, live: Live) -> None:
    name = new_name()
    with opened() as page:
        page.goto(ADD)
        page.fill("[name=name]", name)
        page.get_by_role("button", name="Event", exact=False).first.click()
        page.get_by_role("combobox", name="Event").click()
        page.get_by_role("option", name="Order Completed").click()
        page.get_by_label("Period", exact=True).select_option("within")
        page.get_by_label("Length of time").fill("6")
        page.get_by_label("Unit").select_option("months")
        page.get_by_role("button", name="Property filter").click()
        page.get_by_role("combobox", name="Property").click()
        page.get_by_role("option", name="revenue").click()
        page.get_by_label("Comparison").select_option("over")
        page.get_by_label("Value").fill("40")
        root(page).locator("> .additions").get_by_role("button", name="Group").click()
        inner = page.locator(".group.inner")
        inner.get_by_role("radio", name="None of these").check()
        inner.locator("> .additions").get_by_role("button", name="Attribute").click()
        inner.get_by_role("combobox", name="Attribute").click()
        inner.get_by_role("option", name="country").click()
        inner.get_by_label("Comparison").select_option("any_of")
        inner.get_by_role("combobox", name="Add a value").fill("FR")
        page.keyboard.press("Enter")
        counted(page)
        assert rule(page) == {
            "all": [
                {
                    "did": {
                        "event": "Order Completed",
                        "at_least": 1,
                        "within": "6 months",
                        "where": [{"property": "revenue", "op": "over", "value": 40}],
                    }
                },
                {"none": [{"where": {"attribute": "traits.country", "op": "any_of", "value": ["FR"]}}]},
            ]
        }
        whole, ordered, not_french, french = counts(page)
        people = total(page)
        assert people == whole
        assert 0 < people < ordered
        everybody = int(re.search(r"of (\d+) people", page.locator(".panel").inner_text())[1])
        assert french + not_french == everybody
        expect(page.locator(".people li").first).to_be_visible()
        publish(page)
        page.get_by_role("tab", name="Members").click()
        expect(page.locator("#panel").get_by_role("row")).to_have_count(1 + min(people, 50))
        assert members_in_database(live, name) == people
        page.get_by_role("link", name=re.compile("^Why")).first.click()
        expect(page.get_by_role("heading", name=re.compile(f"is in “{name}”"))).to_be_visible()
        expect(page.get_by_text("revenue is over 40").first).to_be_visible()


def test_a_rule_is_built_by_keyboard_alone(opened: Open, live: Live) -> None:
    name = new_name()
    with opened() as page:
        page.goto(ADD)
        expect(page.locator("[name=name]")).to_be_focused()
        press = page.keyboard.press
        page.keyboard.type(name)
        tab_to(page, "[data-add=did]")
        press("Enter")
        page.keyboard.type("order comp")
        press("Enter")
        tab_to(page, "[data-add=group]")
        press("Enter")  # the group has the focus now, and its first button
        tab_to(page, "input[type=radio]", backwards=True)
        press("ArrowRight")
        tab_to(page, "[data-add=inactive]")
        press("Enter")
        page.keyboard.type("30")
        counted(page)
        assert rule(page) == {
            "all": [
                {"did": {"at_least": 1, "event": "Order Completed"}},
                {"none": [{"inactive": {"for": "30 days"}}]},
            ]
        }
        tab_to(page, "[data-review]")
        press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.get_by_role("button", name="Publish", exact=True)).to_be_focused()
        press("Enter")
        page.wait_for_url(re.compile(r"/segment/\d+/change/$"))
        expect(page.locator("[data-awaits]")).to_have_count(0, timeout=15_000)
        assert members_in_database(live, name) > 0


def tab_to(page: Page, selector: str, *, backwards: bool = False) -> None:
    """Press Tab until the element has the focus, wherever in shadow trees it is."""
    focused = """selector => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return element?.matches(selector) ?? false;
    }"""
    for _press in range(60):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        if page.evaluate(focused, selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def test_what_is_missing_is_said_at_the_condition_once_it_was_left(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [ORDERED, {"any": [FRENCH]}]})
        inner = page.locator(".group.inner")
        inner.get_by_role("button", name="Attribute", exact=True).click()
        inner.get_by_role("combobox", name="Attribute").last.fill("stage")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Complete the marked condition")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        page.locator("[name=description]").click()
        wrong = inner.locator(".condition.wrong")
        expect(wrong.get_by_role("alert")).to_have_text("Give a value.")
        page.get_by_role("button", name="Review and publish").click()
        expect(wrong.get_by_role("combobox", name="Attribute")).to_be_focused()
        expect(page.get_by_role("dialog")).to_have_count(0)
        wrong.get_by_role("combobox", name="Value").fill("vip")
        page.keyboard.press("Tab")
        counted(page)
        expect(page.get_by_role("alert")).to_have_count(0)


def test_conditions_are_moved_duplicated_removed_and_all_of_it_undone(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [ORDERED, {"any": [FRENCH, {"inactive": {"for": "14 days"}}]}]})
        first = page.locator(".condition").first
        first.get_by_role("button", name="Move down").click()
        assert rule(page) == {"all": [{"any": [ORDERED, FRENCH, {"inactive": {"for": "14 days"}}]}]}
        expect(page.locator("[data-do=down]:focus")).to_have_count(1)
        page.keyboard.press("Alt+ArrowDown")
        assert rule(page) == {"all": [{"any": [FRENCH, ORDERED, {"inactive": {"for": "14 days"}}]}]}
        page.get_by_role("button", name=re.compile("^Duplicate: inactive")).click()
        page.locator(".condition").first.get_by_role("button", name="Remove").click()
        after = {"all": [{"any": [ORDERED, {"inactive": {"for": "14 days"}}, {"inactive": {"for": "14 days"}}]}]}
        assert rule(page) == after
        page.keyboard.press("Control+z")
        for _step in range(3):
            page.get_by_role("button", name="Undo").click()
        assert rule(page) == {"all": [ORDERED, {"any": [FRENCH, {"inactive": {"for": "14 days"}}]}]}
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        for _step in range(4):
            page.get_by_role("button", name="Redo").click()
        assert rule(page) == after
        counted(page)


def test_an_edit_shows_who_enters_and_leaves_and_back_publishes_nothing(opened: Open, live: Live) -> None:
    name = new_name()
    with opened() as page:
        write(page, {"all": [FRENCH]}, name)
        publish(page)
        before = members_in_database(live, name)
        page.get_by_role("link", name="Edit the rule").click()
        counted(page)
        expect(page.get_by_text("Same members as now")).to_be_visible()
        page.get_by_label("Comparison").select_option("!is")
        counted(page)
        people = total(page)
        expect(page.get_by_text(re.compile("including .* for whom it is unknown"))).to_be_visible()
        page.get_by_role("button", name="Review and publish").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("region", name="Enter")).to_contain_text(str(people))
        expect(dialog.get_by_role("region", name="Leave")).to_contain_text(str(before))
        expect(dialog).to_contain_text("Stay: 0")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert members_in_database(live, name) == before
        publish(page)
        assert members_in_database(live, name) == people
        page.get_by_role("tab", name="Entered and left").click()
        expect(page.locator("#panel .k-chip.k-good").first).to_have_text(re.compile("entered"))
        page.get_by_role("tab", name="Versions").click()
        page.get_by_role("link", name="Restore 1").click()
        expect(page.get_by_text("This is the rule of version 1")).to_be_visible()
        assert rule(page) == {"all": [FRENCH]}


def test_what_the_builder_cannot_draw_is_kept(opened: Open) -> None:
    strange = {"all": [{"orbits": {"planet": "Mars"}}, FRENCH]}
    with opened() as page:
        page.goto(ADD)
        page.evaluate(
            """rule => {
                const old = document.querySelector("kith-rule-builder"), fresh = old.cloneNode(true);
                fresh.querySelector("textarea").value = JSON.stringify(rule);
                old.replaceWith(fresh);
            }""",
            strange,
        )
        expect(page.get_by_role("alert")).to_contain_text("“orbits” is not a kind of condition.")
        page.get_by_role("button", name=re.compile("^Duplicate: ")).last.click()
        assert rule(page) == {"all": [*strange["all"], FRENCH]}


def test_every_kind_of_condition_is_drawn_and_stays_what_it_is(opened: Open) -> None:
    examples = [{key: example} for key, kind in conditions().items() if kind.label for example in kind.examples]
    with opened() as page:
        page.goto(ADD)
        put(page, {"any": examples})
        expect(page.locator(".condition")).to_have_count(len(examples))
        expect(page.get_by_text("The builder cannot draw")).to_have_count(0)
        page.locator(".condition").last.get_by_role("button", name="Duplicate").click()
        assert rule(page)["any"][: len(examples)] == examples


def test_a_sequence_is_built_from_the_menu_by_keyboard(opened: Open) -> None:
    with opened() as page:
        page.goto(ADD)
        page.fill("[name=name]", new_name())
        page.get_by_text("More…").press("Enter")
        page.get_by_role("button", name="Sequence").press("Enter")
        for at, event in enumerate(["Product Viewed", "Order Completed"]):
            page.get_by_role("combobox", name="Event").nth(at).fill(event)
            page.keyboard.press("Enter")
        page.get_by_label("Whether it follows").select_option("then_not")
        counted(page)
        steps = [{"event": "Product Viewed"}, {"event": "Order Completed", "not": True}]
        assert rule(page) == {"all": [{"then": {"steps": steps, "in": "1 day", "within": "30 days"}}]}
        assert total(page) > 0
        expect(page.locator(".panel")).to_contain_text("Did Product Viewed, then not Order Completed")


def test_somebody_who_types_is_counted_once(opened: Open) -> None:
    with opened() as page:
        write(page, {"all": [{"inactive": {"for": "1 days"}}]})
        asked = []
        page.on("request", lambda request: asked.append(request) if "/preview/" in request.url else None)
        page.get_by_label("Length of time").press_sequentially("23", delay=40)
        counted(page)
        assert len(asked) == 1
        assert rule(page) == {"all": [{"inactive": {"for": "123 days"}}]}


def test_without_scripts_the_rule_is_written_as_json(browser, live: Live, signed_in) -> None:
    context = browser.new_context(base_url=live.url, java_script_enabled=False, storage_state=signed_in)
    page = context.new_page()
    page.goto(ADD)
    name = new_name()
    page.locator("[name=name]").fill(name)
    page.get_by_label("Rule (JSON)").fill(json.dumps({"all": [FRENCH]}))
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/segment/\d+/change/$"))
    expect(page.get_by_text("country is FR").first).to_be_visible()
    context.close()


def test_figures_come_back_after_the_server_was_away(browser, live: Live, signed_in) -> None:
    context = browser.new_context(base_url=live.url, storage_state=signed_in)
    page = context.new_page()
    write(page, {"all": [FRENCH]})
    page.route("**/preview/", lambda route: route.abort())
    page.get_by_label("Comparison").select_option("!is")
    expect(page.get_by_text("Kith does not answer")).to_be_visible()
    page.unroute("**/preview/")
    counted(page)
    expect(page.get_by_text("Kith does not answer")).to_have_count(0)
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(opened: Open, theme: str, width: int) -> None:
    wrong = {}
    with opened(theme, width) as page:

        def look(what: str) -> None:
            page.wait_for_function("window.Alpine")
            wide = page.evaluate("document.documentElement.scrollWidth")
            wrong[what] = [*findings(page), *([f"{wide} px wide"] if wide > width else [])]

        page.goto(LIST)
        look("list")
        page.get_by_role("link", name=re.compile("^VIP")).click()
        page.wait_for_url("**/change/")
        look("page")
        for tab in ("Entered and left", "Versions"):
            page.get_by_role("tab", name=tab).click()
            expect(page.get_by_role("tab", name=tab, selected=True)).to_be_visible()
            page.wait_for_function("!document.querySelector('#panel[aria-busy]')")
            look(tab)
        page.get_by_role("link", name="Delete").click()
        page.get_by_role("link", name="Cancel").wait_for()
        look("delete")
        page.go_back()
        page.get_by_role("tab", name="Members").click()
        page.get_by_role("link", name=re.compile("^Why")).first.click()
        page.get_by_text("When they were in").wait_for()
        look("why")
        page.goto(ADD)
        page.get_by_text("Who are you looking for?").wait_for()
        look("empty builder")
        write(page, {"all": [ORDERED, {"none": [FRENCH, {"any": [{"in": {"segment": "vip"}}]}]}]})
        look("builder")
        page.get_by_role("combobox", name="Event").click()
        look("open list")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Review and publish").click()
        page.get_by_role("dialog").wait_for()
        look("review")
        page.keyboard.press("Escape")
        page.get_by_label("Comparison").select_option("any_of")
        page.get_by_role("button", name="Review and publish").click()
        page.get_by_role("alert").wait_for()
        look("error")
    assert wrong == {what: [] for what in wrong}
