"""The list and the page of a segment in a real browser: by keyboard, on a telephone, and axe finds nothing grave."""

import json
import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.screens.axe import findings

pytestmark = pytest.mark.browser

LIST = "/admin/segments/segment/"
TABS = ("overview", "members", "moves", "versions", "overrides")


@pytest.fixture(scope="session")
def segment(live):
    """The id of a segment of the seed with members, tags, an owner, an alert, and days behind it."""
    with live.connect() as connection:
        (pk,) = connection.execute("SELECT id FROM segments_segment WHERE slug = 'recent-buyers'").fetchone()
        connection.execute(
            """UPDATE segments_segment SET tags = '["shop"]', alert_above = 20, created_at = now() - interval '90 days',
               owner_id = (SELECT min(id) FROM auth_user) WHERE id = %s""",
            [pk],
        )
        connection.execute(
            """INSERT INTO segments_segmentday (segment_id, day, entered, "left", size)
               SELECT %s, current_date - back, 3, 2, 40 - back / 3 FROM generate_series(15, 60, 2) AS back
               ON CONFLICT DO NOTHING""",
            [pk],
        )
        connection.execute(
            "INSERT INTO segments_sizealert (segment_id, at, before, after) VALUES (%s, now(), 20, 33)", [pk]
        )
    return pk


def outsider(live, segment):
    """The e-mail address of somebody who is not in."""
    with live.connect() as connection:
        (email,) = connection.execute(
            """SELECT p.traits ->> 'email' FROM profiles_profile p
               WHERE p.merged_into IS NULL AND p.traits ->> 'email' <> '' AND p.traits ->> 'last_name' <> ''
               AND NOT EXISTS (
                   SELECT FROM segments_membership m
                   WHERE m.segment_id = %s AND m.profile_id = p.id AND m.left_at IS NULL)
               ORDER BY p.id LIMIT 1""",
            [segment],
        ).fetchone()
    return email


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(opened, segment, theme, width):
    page_of = f"{LIST}{segment}/change/"
    addresses = [LIST, f"{LIST}?tag=shop", f"{LIST}?q=nothing-at-all", *(f"{page_of}?tab={tab}" for tab in TABS)]
    addresses += [
        f"{page_of}?tab=overrides&q=a",
        f"{page_of}?tab=members&at=2026-01-01T00:00&rule=now",
        f"{page_of}?tab=moves&cause=merge",
        f"{LIST}{segment}/delete/",
    ]
    wrong = {}
    with opened(theme, width) as page:
        for address in addresses:
            assert page.goto(address).status == 200, address
            page.wait_for_function("window.Alpine")
            wide = page.evaluate("document.documentElement.scrollWidth")
            wrong[address] = [*findings(page), *([f"{wide} px wide"] if wide > width else [])]
    assert {address: found for address, found in wrong.items() if found} == {}


def test_the_size_over_time_is_drawn_and_comes_back_with_its_tab(opened, segment):
    with opened() as page:
        page.goto(f"{LIST}{segment}/change/")
        expect(page.locator("figure.k-plot-drawn").first).to_be_visible(timeout=20_000)
        page.get_by_role("tab", name="Versions").click()
        expect(page.get_by_role("columnheader", name="What changed")).to_be_visible()
        page.get_by_role("tab", name="Overview").click()
        expect(page.locator("figure.k-plot-drawn").first).to_be_visible(timeout=20_000)
        expect(page.get_by_role("img", name="People at the end of each day")).to_be_visible()


def test_somebody_is_put_in_by_keyboard_and_let_go_again(opened, live, segment):
    email = outsider(live, segment)
    with opened() as page:
        page.goto(f"{LIST}{segment}/change/?tab=overrides")
        page.get_by_label("Find somebody to put in or to keep out").press_sequentially(email)
        page.keyboard.press("Enter")
        expect(page.get_by_role("radio", name=email)).to_be_checked()
        expect(page.get_by_label("Find somebody to put in or to keep out")).to_be_focused()
        page.get_by_role("radio", name="Put in").press("Space")
        page.get_by_label("Why").fill("won the raffle")
        page.keyboard.press("Enter")
        row = page.get_by_role("row", name=re.compile("won the raffle"))
        expect(row).to_contain_text(email)
        await_member(page, f"{LIST}{segment}/change/?tab=members&q={email}", email)
        page.get_by_role("tab", name="By hand").click()
        row.get_by_role("button", name="End").press("Enter")
        expect(page.get_by_role("row", name=re.compile("won the raffle"))).to_contain_text("ended")


def await_member(page, address, email):
    """Look until somebody is in."""
    for _ in range(60):
        page.goto(address, wait_until="commit")
        row = page.get_by_role("row", name=re.compile(re.escape(email)))
        if "not in" not in row.inner_text():
            return
        page.wait_for_timeout(100)
    raise AssertionError("not in yet")


def test_movements_are_narrowed_without_leaving_the_tab(opened, segment):
    with opened() as page:
        page.goto(f"{LIST}{segment}/change/?tab=moves")
        page.evaluate("window.here = true")
        page.get_by_label("Cause").focus()
        page.get_by_label("Cause").select_option("edit")
        page.wait_for_function("location.search.includes('cause=edit')")
        expect(page.get_by_label("Cause")).to_be_focused()
        expect(page.locator("tbody tr").first).to_contain_text("An edit of the segment")
        page.get_by_label("What happened").select_option("left")
        expect(page.get_by_text("Nobody moved like this")).to_be_visible()
        page.get_by_role("link", name="Reset").click()
        expect(page.locator("tbody tr").first).to_be_visible()
        assert page.evaluate("window.here")


def test_members_of_the_past_are_shown_by_both_rules(opened, segment):
    with opened() as page:
        page.goto(f"{LIST}{segment}/change/?tab=members")
        page.get_by_label("As of").fill("2026-01-01T00:00")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_text("Nobody was in")).to_be_visible()
        page.get_by_label("By which rule").select_option("now")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_text(re.compile(r"Today's rule would have had [\d,]+ (people|person)"))).to_be_visible()
        page.get_by_role("link", name="Now").click()
        expect(page.locator("tbody tr").first).to_contain_text("Why")


def test_who_looks_after_it_is_changed_on_the_page(opened, live):
    name = f"Test {uuid4().hex[:8]}"
    with opened() as page:
        page.goto(f"{LIST}add/?name={name}&rule={json.dumps({'all': [{'inactive': {'for': '3 days'}}]})}")
        page.get_by_role("button", name="Review and publish").click()
        page.get_by_role("dialog").get_by_role("button", name="Publish").click()
        page.wait_for_url(re.compile(r"/segment/\d+/change/$"))
        expect(page.locator("[data-awaits]")).to_have_count(0, timeout=15_000)
        page.get_by_text("Change", exact=True).press("Enter")
        page.get_by_label("Tags").fill("mine, spring sale")
        page.get_by_label("Alert above (%)").fill("30")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("above 30% within a day")).to_be_visible()
        page.get_by_role("link", name="spring sale").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text(name)


def test_two_to_five_of_the_list_are_compared(opened):
    with opened() as page:
        page.goto(LIST)
        compare = page.get_by_role("button", name="Compare")
        ticks = page.get_by_role("checkbox", name=re.compile("^Compare"))
        expect(compare).to_be_disabled()
        for number in range(5):
            ticks.nth(number).check()
        expect(ticks.nth(5)).to_be_disabled()
        for number in range(3):
            ticks.nth(number).uncheck()
        compare.press("Enter")
        page.wait_for_url(re.compile(r"/overlap/\?segment=[-\w]+&segment=[-\w]+$"))
