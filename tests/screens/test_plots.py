"""Charts in a real browser: drawn under the content security policy, in both themes, with their figures as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation
from playwright.sync_api import Page, expect
from plotly.offline import get_plotlyjs_version

from profiles import plots
from tests.screens.axe import findings
from tests.screens.conftest import Open

VENDORED = Path(settings.BASE_DIR) / "static/vendor/plotly/plotly-cartesian.min.js"
DAYS = [date(2026, 10, 25) + timedelta(days=day) for day in range(30)]
CHANNELS = ["Organic Search", "Direct", "Paid <b>Search</b>", "E-mail"]


def several() -> dict[str, plots.Plot]:
    """One of each kind."""
    up = [1200 + 7 * day + (day * 37 % 90) for day in range(30)]
    return {
        "lines": plots.lines("Members", DAYS, [plots.Series("VIP", up), plots.Series("Lapsing", up[::-1])]),
        "area": plots.lines(
            "Revenue", DAYS, [plots.Series("€", [v * 100 for v in up])], unit=plots.amounts(), filled=True
        ),
        "columns": plots.columns(
            "Visits", DAYS, [plots.Series(name, [v % (90 + 9 * n) for v in up]) for n, name in enumerate(CHANNELS)]
        ),
        "bars": plots.bars("Channels", CHANNELS, [1234, 843, 410, 12], colours=["", "good", "warn", "bad"]),
        "histogram": plots.histogram("Values", [n * 10 for n in range(11)], [400, 320, 150, 90, 44, 30, 22, 9, 4, 1]),
    }


def markup(drawn: plots.Plot) -> str:
    """What the template tag writes."""
    return Template("{% load plots %}{% plot drawn title='A title' %}").render(Context({"drawn": drawn}))


@contextmanager
def shown(opened: Open, drawn: dict[str, plots.Plot], theme: str = "light", width: int = 1440) -> Iterator[Page]:
    """A page of the running Kith that these charts have just come to."""
    cards = "".join(f'<section class="k-card k-body">{markup(each)}</section>' for each in drawn.values())
    with opened(theme, width) as page:
        page.goto("/admin/")
        page.evaluate("html => { document.querySelector('.k-page').innerHTML = html }", cards)
        for place in range(len(drawn)):
            page.locator("figure[data-plot]").nth(place).scroll_into_view_if_needed()
            expect(page.locator("figure[data-plot]").nth(place)).to_have_class(re.compile("k-plot-drawn"))
        yield page


def test_the_library_is_the_one_that_the_figures_are_made_for() -> None:
    assert f"v{get_plotlyjs_version()}\n" in VENDORED.read_text()[:200]
    assert (VENDORED.parent / "LICENSE").exists()


def test_a_figure_has_its_values_as_a_table_in_the_words_of_the_language() -> None:
    with translation.override("fr"):
        found = plots.lines("Revenu", [date(2026, 11, 23)], [plots.Series("VIP", [123456])], unit=plots.amounts())
    assert found.columns == ("Jour", "VIP")
    assert found.rows == (("23 nov. 2026", "1\u202f234,56 €"),)


def test_a_day_without_a_value_is_a_gap() -> None:
    found = plots.lines("Members", DAYS[:2], [plots.Series("VIP", [None, 3])])
    assert found.to_json()["data"][0]["y"] == [None, 3]
    assert [row[1] for row in found.rows] == ["—", "3"]


@pytest.mark.parametrize("text", ["<b>bold</b>", "</script><script>alert(1)</script>", "a & b"])
def test_what_people_type_is_text_in_a_chart(text: str) -> None:
    found = plots.bars(text, [text], [1])
    assert found.to_json()["data"][0]["y"] == [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")]
    assert text not in markup(found).replace("a &amp; b", "") or text == "a & b"


def test_nothing_to_show_is_no_error() -> None:
    empty = [plots.lines("", [], []), plots.columns("", [], []), plots.bars("", [], []), plots.histogram("", [], [])]
    for found in empty:
        assert "k-plot" in markup(found)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_drawn_and_axe_finds_nothing_grave(opened: Open, theme: str, width: int) -> None:
    with shown(opened, several(), theme, width) as page:
        assert not findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(".k-plot-canvas svg.main-svg").count() >= len(several())
        expect(page.get_by_role("img", name="Members")).to_be_visible()


@pytest.mark.browser
def test_colours_follow_the_theme_while_the_page_is_open(opened: Open) -> None:
    line = "() => getComputedStyle(document.querySelector('.scatterlayer path.js-line')).stroke"
    with shown(opened, {"lines": several()["lines"]}) as page:
        light = page.evaluate(line)
        page.evaluate("document.documentElement.classList.add('dark')")
        page.wait_for_function(f"light => ({line})() !== light", arg=light)


@pytest.mark.browser
def test_a_chart_is_as_wide_as_its_place(opened: Open) -> None:
    with shown(opened, {"columns": several()["columns"]}) as page:
        page.set_viewport_size({"width": 700, "height": 900})
        canvas = page.locator(".k-plot-canvas").element_handle()
        page.wait_for_function("canvas => Math.abs(canvas._fullLayout.width - canvas.clientWidth) < 1", arg=canvas)


@pytest.mark.browser
def test_the_table_opens_by_keyboard(opened: Open) -> None:
    with shown(opened, {"bars": several()["bars"]}) as page:
        expect(page.get_by_role("cell", name="1,234")).to_be_hidden()
        page.get_by_text("Show as table").press("Enter")
        expect(page.get_by_role("cell", name="1,234")).to_be_visible()


@pytest.mark.browser
def test_the_table_is_shown_when_the_library_does_not_come(opened: Open) -> None:
    with opened() as page:
        page.goto("/admin/")
        # Refused by the policy as an outside host would be: the address of the library is asked, and is not there.
        page.evaluate(
            "html => { document.querySelector('.k-page').innerHTML = html;"
            " document.querySelector('script[type=\"application/json\"]').textContent = '{}' }",
            markup(several()["bars"]),
        )
        expect(page.get_by_role("cell", name="1,234")).to_be_visible()
