"""Ready-made segments: each can be asked where its data is, and says what it needs where it is not."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from cdp_site.seed import segments as seeded
from profiles.models import Trait
from segments import rules
from segments.gallery_view import _cards
from segments.preview import preview
from segments.ready import SHELVES, can_be_asked, missing, ready
from segments.world import World
from tests.screens.axe import findings
from tests.segments.shop import Shop

GALLERY = "/admin/segments/segment/gallery/"
ADD = "/admin/segments/segment/add/"


@pytest.fixture
def shop(db):
    shop = Shop()
    shop.now = timezone.now()
    shop.does("clara", "Order Completed", revenue=300)
    return shop


def by_slug():
    return {one.slug: one for one in ready(World.now())}


def test_every_one_of_them_is_read_has_a_name_of_its_own_and_stands_on_a_shelf(shop):
    every = ready(World.now())
    assert len({one.slug for one in every}) == len({one.name for one in every}) == len(every) >= 25
    assert {one.shelf for one in every} == set(SHELVES)
    for one in every:
        assert rules.sentence(rules.parse(one.rule), World.now())
        assert one.name
        assert one.description


def test_what_is_missing_here_is_said(shop):
    Trait.objects.filter(type="date").delete()
    world = World.now()
    found = by_slug()
    assert missing(found["vip"], world) == []
    assert missing(found["cart-abandoned"], world) == ["Product Added"]
    assert missing(found["browse-abandoned"], world) == ["Product Viewed", "Product Added"]
    assert missing(found["engaged-this-week"], world) == ["Product Viewed", "the segment “vip”"]
    assert missing(found["hot-leads"], world) == ["a score “lead”"]
    birthday = found["birthday"]
    assert missing(birthday, world) == ["a date of birth (the trait “birthday”)"]
    assert not can_be_asked(birthday, world)


def test_a_day_of_birth_is_found_under_the_name_it_has_here(shop):
    Trait.objects.filter(type="date").delete()
    Trait.objects.create(key="date_of_birth", type="date")
    found = by_slug()["birthday"]
    assert found.rule["all"][0]["where"]["attribute"] == "traits.date_of_birth"
    assert missing(found, World.now()) == []


def test_whatever_can_be_asked_is_answered(shop):
    world = World.now()
    sizes = {one.slug: preview(one.rule).total for one in ready(world) if can_be_asked(one, world)}
    assert sizes["recent-buyers"] == 1
    assert sizes["cart-abandoned"] == 0


def test_a_card_leads_to_the_builder_with_name_description_and_rule(shop):
    cards = {card.ready.slug: card for card in _cards(World.now())}
    filled = parse_qs(urlsplit(cards["vip"].link).query)
    assert filled["name"] == ["VIP"]
    assert filled["description"] == [cards["vip"].ready.description]
    assert json.loads(filled["rule"][0]) == cards["vip"].ready.rule
    assert cards["hot-leads"].link == ""


def test_who_may_not_make_segments_has_no_gallery(shop):
    user = User.objects.create_user("sales", is_staff=True)
    user.groups.add(Group.objects.get(name="Sales"))
    client = Client()
    client.force_login(user)
    assert client.get(GALLERY).status_code == 403


def test_the_demo_is_filled_from_the_gallery(shop):
    picked = seeded.ready()
    slugs = [one.slug for one in picked]
    assert slugs.index("vip") < slugs.index("engaged-this-week")
    assert {one.slug for one in picked} - by_slug().keys() == {"french-customers"}


@pytest.mark.browser
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_the_page_counts_each_and_opens_the_builder_by_keyboard(opened, live, theme, width):
    with opened(theme, width) as page:
        page.goto(GALLERY)
        expect(page.locator(".s-ready-count:empty")).to_have_count(0, timeout=30_000)
        counts = page.locator(".s-ready-count").all_inner_texts()
        assert all(re.match(r"[\d,]+ (person|people) · ", text) for text in counts)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert findings(page) == []
        page.get_by_role("link", name="Win-back").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(re.escape(ADD)))
        expect(page.locator("[name=name]")).to_have_value("Win-back")
        expect(page.locator("[name=description]")).to_have_value(re.compile("six to eighteen months"))
        expect(page.locator(".panel .sentence")).to_contain_text("Order Completed for the last time")
        page.goto(ADD)
        page.get_by_role("link", name="Start from a ready-made segment").click()
        page.wait_for_url(re.compile(re.escape(GALLERY)))
