"""The pages of scores: what they say, what their form takes and gives, and who may open them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.forms import BaseForm
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cdp_site.seed import scores as seeded
from profiles.models import Trait
from scoring import distribution, edit, groups, panels
from scoring.methods.rfm import GROUPS
from scoring.models import ScoreModel
from scoring.portrait import reached_rule
from segments.models import Segment
from segments.preview import preview
from segments.publish import publish
from tests.live import Live
from tests.scoring.scored import ScoredShop
from tests.screens.axe import findings
from tests.screens.conftest import Open

SCORES = "/admin/scoring/scoremodel/"
DAY = timedelta(days=1)
KEEN = {
    "items": [
        {"event": "Viewed", "points": 2, "decay": 30, "most": 3, "per": "day", "group": "looking"},
        {"event": "Bought", "points": 20, "where": [{"property": "category", "op": "is", "value": "tents"}]},
        {"event": "Left", "points": -5.5, "within": 90, "most": 1, "label": "Went away"},
        {"event": "Called", "points": 1, "most": 4},
        {"rule": {"in": {"segment": "staff"}}, "points": 3},
        {"rule": {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}, "points": 4},
    ],
    "groups": {"looking": {"most": 10}},
    "most": 100,
    "least": 0,
    "audience": {"where": {"attribute": "traits.country", "op": "known"}},
    "bands": [{"name": "cold"}, {"name": "hot", "enter": 20, "leave": 15, "tone": "good"}],
}


@pytest.fixture
def shop(db: None) -> ScoredShop:
    """Three people of different keenness, and a segment."""
    shop = ScoredShop()
    shop.now = timezone.now()
    shop.publishes("staff", {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}]})
    for user, views in {"anita": 1, "boris": 3, "clara": 2}.items():
        shop.is_known(user, country="FR", name=user.capitalize())
        for view in range(views):
            shop.does(user, "Viewed", ago=view * DAY)
    shop.does("clara", "Bought", category="tents")
    shop.refreshes()
    return shop


@pytest.fixture
def keen(shop: ScoredShop) -> ScoreModel:
    """A score with everything that the form knows."""
    shop.scores("keen", KEEN)
    shop.passes()
    return ScoreModel.objects.get()


def browser_of(role: str) -> Client:
    """A browser of somebody with this role; of the administrator without."""
    user = User.objects.create_user(role or "boss", is_staff=True, is_superuser=not role)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def marketer(shop: ScoredShop) -> Client:
    return browser_of("Marketers")


def page_of(model: ScoreModel, what: str = "change/") -> str:
    return f"{SCORES}{model.pk}/{what}"


def filled(context: Any) -> dict[str, Any]:
    """What a browser would send of the form as it is shown."""
    sent: dict[str, Any] = {}
    editor = context["editor"]
    rows = [getattr(editor, name) for name in ("items", "caps", "bands") if hasattr(editor, name)]
    whole = [getattr(editor, name) for name in ("limits", "form") if hasattr(editor, name)]
    forms: list[BaseForm] = [context["head"], *whole]
    for formset in rows:
        forms += [formset.management_form, *formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                sent[field.html_name] = "on" if value is True else value
    return sent


# --- The form ------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["engagement", "lead", "rfm", "keen"])
def test_a_form_that_nobody_touched_gives_back_what_it_was_given(shop: ScoredShop, marketer: Client, slug: str) -> None:
    Trait.objects.bulk_create([Trait(key="email", type="text"), Trait(key="phone", type="text")], ignore_conflicts=True)
    ready = {one.slug: (one.config, one.method) for one in seeded.ready()} | {"keen": (KEEN, "points")}
    model = shop.scores(slug, *ready[slug])
    shown = marketer.get(page_of(model, "edit/"))
    answer = marketer.post(page_of(model, "edit/"), filled(shown.context) | {"name": "Renamed", "items-99-what": ""})
    model.refresh_from_db()
    assert (answer.status_code, model.name, model.config, model.version) == (302, "Renamed", ready[slug][0], 1)


def test_an_edit_becomes_the_next_version_with_its_author(marketer: Client, keen: ScoreModel) -> None:
    sent = filled(marketer.get(page_of(keen, "edit/")).context) | {"items-1-points": "30", "items-3-DELETE": "on"}
    marketer.post(page_of(keen, "edit/"), sent)
    version = keen.versions.first()
    assert version is not None
    assert (version.number, str(version.author)) == (2, "Marketers")
    assert [item["points"] for item in version.config["items"]] == [2, 30, -5.5, 3, 4]


def test_a_new_row_is_read_without_scripts(marketer: Client, keen: ScoreModel) -> None:
    shown = marketer.get(page_of(keen, "edit/"))
    spare = f"items-{len(KEEN['items'])}"
    assert f'name="{spare}-points"' in shown.content.decode()
    marketer.post(
        page_of(keen, "edit/"),
        filled(shown.context) | {f"{spare}-what": "event:Bought", f"{spare}-points": "7", f"{spare}-often": "once"},
    )
    keen.refresh_from_db()
    assert keen.config["items"][-1] == {"event": "Bought", "points": 7, "most": 1}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"items-0-points": "0"}, "items-0-points"),
        ({"items-0-points": "many"}, "items-0-points"),
        ({"items-0-points": ""}, "items-0-points"),
        ({"items-0-what": ""}, "items-0-what"),
        ({"items-0-most": ""}, "items-0-most"),
        ({"items-0-most": "-3"}, "items-0-most"),
        ({"items-0-decay": "", "items-0-within": ""}, "items-0-often"),
        ({"items-1-where": "{"}, "items-1-where"),
        ({"items-1-where": '[{"property": "a", "op": "nonsense"}]'}, "items-1-where"),
        ({"items-4-what": "segment:gone"}, "items-4-what"),
        # A row that is taken away does not shift the mistakes of the others.
        ({"items-0-DELETE": "on", "caps-0-DELETE": "on", "items-3-points": "0"}, "items-3-points"),
        ({"bands-1-enter": ""}, "bands-1-enter"),
        ({"bands-1-leave": "30"}, "bands-1-leave"),
        ({"bands-1-name": "cold"}, "bands-1-name"),
        ({"caps-0-group": "unheard of"}, "caps-0-group"),
        ({"limits-most": "-1"}, "limits-most"),
    ],
)
def test_a_mistake_is_said_beside_its_field(
    marketer: Client, keen: ScoreModel, wrong: dict[str, str], field: str
) -> None:
    sent = filled(marketer.get(page_of(keen, "edit/")).context) | wrong
    html = marketer.post(page_of(keen, "edit/"), sent).content.decode()
    assert keen.versions.count() == 1
    around = html.split(f'name="{field}"', 1)[1].split('class="s-field', 1)[0]
    assert 's-error">' in around, html.count("s-error")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"items-TOTAL_FORMS": "1000000", "items-INITIAL_FORMS": "0"},
        {"items-TOTAL_FORMS": "x"},
        {"name": "\0", "items-0-what": "event:\0"},
        {"limits-kept": "nonsense", "limits-audience": "kept"},
        {"limits-audience": "segment:"},
        {"items-5-kept": '{"in": "\\u0000"}', "items-5-what": "kept"},
        {"items-5-kept": "[[1]]"},
        {"items-0-points": "1e400"},
        {"items-0-points": "NaN"},
    ],
)
def test_nothing_that_is_sent_breaks_the_form(marketer: Client, keen: ScoreModel, sent: dict[str, str]) -> None:
    full = filled(marketer.get(page_of(keen, "edit/")).context) | sent if sent else {}
    assert marketer.post(page_of(keen, "edit/"), full).status_code in {200, 302}


def test_an_edit_that_was_overtaken_is_refused(marketer: Client, keen: ScoreModel) -> None:
    sent = filled(marketer.get(page_of(keen, "edit/")).context) | {"items-0-points": "9"}
    edit.save(keen, KEEN | {"most": 50}, None)
    assert b"Version 2 was saved while you were editing" in marketer.post(page_of(keen, "edit/"), sent).content
    assert keen.versions.count() == 2


@pytest.mark.parametrize("method", ["points", "rfm"])
def test_a_new_score_begins_with_an_example_and_gets_a_free_slug(
    shop: ScoredShop, marketer: Client, method: str
) -> None:
    shop.scores("how-keen", KEEN)
    address = f"{SCORES}add/?method={method}"
    answer = marketer.post(address, filled(marketer.get(address).context) | {"name": "How keen"})
    assert answer.status_code == 302, answer.context["said"]
    assert ScoreModel.objects.get(slug="how-keen-2").method == method


# --- The page ------------------------------------------------------------------------------------


def test_the_page_says_what_counts_in_plain_words(marketer: Client, keen: ScoreModel) -> None:
    words = re.sub(r"<[^>]+>|\s+", " ", marketer.get(page_of(keen)).content.decode())
    for said in [
        "+20", "Bought (category is", "−5.5", "Went away", "once, in the last 90 days",
        "at most 3 a day, fading away over 30 days", "at most 4 in all", "“looking” gives at most 10 points",
        "Never under 0", "while it holds",
    ]:  # fmt: skip
        assert said in re.sub(r" +", " ", words), said


def test_bars_hold_everybody_and_the_threshold_counts_whom_its_segment_would_have(
    shop: ScoredShop, keen: ScoreModel
) -> None:
    spread = distribution.spread(keen)
    assert spread is not None
    assert (sum(spread.counts), spread.reached[0]) == (3, 3)
    for edge, reached in zip(spread.edges, spread.reached, strict=False):
        assert preview(reached_rule(keen, edge), None).total == reached, edge


def test_bands_link_to_the_builder_with_their_rule(marketer: Client, keen: ScoreModel) -> None:
    links = re.findall(r'href="(/admin/segments/segment/add/[^"]+)"', marketer.get(page_of(keen)).content.decode())
    rules = [json.loads(parse_qs(urlsplit(link.replace("&amp;", "&")).query)["rule"][0]) for link in links]
    assert {"where": {"attribute": "scores.keen.band", "op": "is", "value": "hot"}} in rules
    for rule in rules:
        publish(Segment(slug=f"s{rules.index(rule)}", name="made"), rule, None)


def test_versions_are_rolled_back_as_the_next_one(marketer: Client, keen: ScoreModel) -> None:
    edit.save(keen, KEEN | {"most": 50}, None)
    assert marketer.get(page_of(keen, "restore/1/")).status_code == 405
    marketer.post(page_of(keen, "restore/1/"))
    keen.refresh_from_db()
    assert (keen.version, keen.config) == (3, KEEN)
    assert marketer.post(page_of(keen, "restore/77/")).status_code == 404


def test_what_is_asked_to_be_computed_is_due(shop: ScoredShop, marketer: Client, keen: ScoreModel) -> None:
    marketer.post(page_of(keen, "compute/"))
    keen.refresh_from_db()
    assert keen.clock_at is None
    assert marketer.get(page_of(keen, "status/")).json()["computed"] is False
    shop.passes()
    assert marketer.get(page_of(keen, "status/")).json()["computed"] is True


def test_a_frozen_score_says_which_rule(shop: ScoredShop, marketer: Client, keen: ScoreModel) -> None:
    Segment.objects.all().delete()
    shop.passes(DAY)
    page = marketer.get(page_of(keen)).content.decode()
    assert "Rule 5: The segment “staff” does not exist." in page
    assert "This score is frozen" in page
    assert "frozen" in marketer.get(SCORES).content.decode()


def test_a_score_that_is_asked_is_not_deleted(shop: ScoredShop, marketer: Client, keen: ScoreModel) -> None:
    rule = {"where": {"attribute": "scores.keen", "op": "over", "value": 3}}
    segment = shop.publishes("keens", {"all": [rule]})
    assert b"keens" in marketer.get(page_of(keen, "delete/")).content
    marketer.post(page_of(keen, "delete/"))
    assert ScoreModel.objects.exists()
    segment.delete()
    marketer.post(page_of(keen, "delete/"))
    assert not ScoreModel.objects.exists()


def test_the_blocks_of_groups_tile_the_grid() -> None:
    found = groups.groups({(1, 1): distribution.Cell(2, 500), (5, 5): distribution.Cell(3, 900)})
    assert {group.key for group in found} == set(GROUPS)
    assert sum(group.people for group in found) == 5
    tiles = [
        (row, column)
        for block in groups.blocks(found)
        for row in range(block.row, block.row + block.rows)
        for column in range(block.column, block.column + block.columns)
    ]
    assert sorted(tiles) == [(row, column) for row in range(1, 6) for column in range(1, 6)]


def test_the_page_of_rfm_names_all_groups_with_what_to_do(shop: ScoredShop, marketer: Client) -> None:
    for number in range(30):
        for order in range(1 + number % 4):
            shop.does(f"buyer{number}", "Order Completed", ago=(number + order) * DAY, revenue=10 + number)
    model = shop.scores("rfm", {"event": "Order Completed"}, "rfm")
    shop.passes()
    page = marketer.get(page_of(model)).content.decode()
    assert "30 buyers" in page
    for group in GROUPS.values():
        assert str(group.label) in page


def test_the_tab_of_a_person_shows_lines_that_add_up_and_chips(shop: ScoredShop, keen: ScoreModel) -> None:
    client = browser_of("Sales")
    address = f"/admin/profiles/profile/{shop.id_of('clara')}/change/?tab=scores&lines=keen"
    answer = client.get(address)
    (explained,) = answer.context["scores"]
    value = explained.shown.score.value
    assert value > 20
    assert sum(row.points for row in explained.rows) == pytest.approx(value)
    assert sum(row.points for row in explained.lines) == pytest.approx(value)
    assert [chip.label for _tab, chip in answer.context["chips"]] == ["keen"]
    assert client.get(f"{address}&part").status_code == 200


def test_who_has_no_score_is_told_so(shop: ScoredShop, keen: ScoreModel, rf: Any, admin_user: User) -> None:
    shop.does("stranger", "Viewed")
    request = rf.get("/")
    request.user = admin_user
    keen.scores.all().delete()
    found = panels.context(type("Person", (), {"pk": shop.id_of("stranger")})(), request)  # type: ignore[arg-type]
    assert (found["scores"], found["missing"]) == ([], [keen])


def test_sales_do_not_open_the_pages_of_scores(keen: ScoreModel) -> None:
    client = browser_of("Sales")
    for address in (SCORES, page_of(keen), page_of(keen, "edit/"), f"{SCORES}add/", page_of(keen, "status/")):
        assert client.get(address).status_code == 403, address
    assert client.post(page_of(keen, "compute/")).status_code == 403


def test_people_are_not_named_to_who_may_not_see_them(shop: ScoredShop, keen: ScoreModel) -> None:
    client = browser_of("Marketers")
    assert "Clara" in client.get(page_of(keen)).content.decode()
    Group.objects.get(name="Marketers").permissions.filter(codename="view_profile").first().delete()  # type: ignore[union-attr]  # it is there
    assert "Clara" not in client.get(page_of(keen)).content.decode()


def test_addresses_that_nobody_has_are_not_found(marketer: Client) -> None:
    for address in ("0/change/", "99999999999999999999/change/", "x/edit/", "7/delete/", "add/?method=nonsense"):
        assert marketer.get(SCORES + address).status_code == 404, address


# --- In a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def scored(live: Live) -> dict[str, int]:
    """The ids of the seeded scores, computed."""
    live.manage("shell", "-c", "from scoring.refresh import refresh; refresh()")
    with live.connect() as connection:
        return dict(connection.execute("SELECT slug, id FROM scoring_scoremodel").fetchall())


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 1440)])
@pytest.mark.parametrize(
    "page_name", ["list", "engagement", "rfm", "edit/engagement", "edit/rfm", "choose", "new", "sales"]
)
def test_axe_finds_nothing_grave(opened: Open, scored: dict[str, int], page_name: str, theme: str, width: int) -> None:
    what, _slash, slug = page_name.partition("/")
    address = {
        "list": SCORES,
        "choose": f"{SCORES}add/",
        "new": f"{SCORES}add/?method=points",
        "sales": "/admin/sales/",
    }
    with opened(theme, width) as page:
        page.goto(address.get(what) or f"{SCORES}{scored[slug or what]}/{'edit' if slug else 'change'}/")
        assert not findings(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_the_threshold_says_how_many_and_leads_to_the_builder(opened: Open, scored: dict[str, int]) -> None:
    with opened() as page:
        page.goto(f"{SCORES}{scored['engagement']}/change/")
        people = page.locator("[data-people]")
        before = int(people.inner_text().replace(",", ""))
        page.get_by_role("slider", name="At least").press("Home")
        expect(people).not_to_have_text(f"{before:,}")
        assert int(people.inner_text().replace(",", "")) > before
        page.get_by_role("slider").press("ArrowRight")
        value = page.locator("[data-value]").inner_text()
        page.get_by_role("link", name="Make a segment").first.click()
        page.wait_for_url("**/segment/add/**")
        expect(page.get_by_role("textbox", name="Name")).to_have_value(re.compile(f"from {value}"))


@pytest.mark.browser
def test_a_rule_is_added_and_taken_away_by_keyboard(opened: Open, scored: dict[str, int]) -> None:
    with opened() as page:
        page.goto(f"{SCORES}add/?method=points")
        rows = page.locator("[data-rows=items] > [data-row]:not([hidden])")
        begun = rows.count()
        page.get_by_role("button", name="Add a rule").press("Enter")
        expect(rows).to_have_count(begun + 1)
        expect(rows.last.get_by_label("What", exact=True)).to_be_focused()
        rows.last.get_by_label("What", exact=True).select_option("event:Product Viewed")
        rows.last.get_by_label("Points").fill("4")
        rows.first.get_by_role("button", name="Remove").press("Enter")
        expect(rows).to_have_count(begun)
        assert not findings(page)
        page.get_by_role("textbox", name="Name").fill("By keyboard")
        page.get_by_role("button", name="Save and compute").press("Enter")
        page.wait_for_url("**/change/")
        expect(page.locator(".c-counted")).to_contain_text("Product Viewed")
        page.get_by_role("link", name="Delete").click()
        page.get_by_role("button", name="Delete").click()
        page.wait_for_url(f"**{SCORES}")
