"""Where sales begin: whom to talk to, why and since when, and how to open them in the CRM."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Connection, Deal, Link
from profiles.models import Source
from tests.scoring.scored import ScoredShop

SALES = "/admin/sales/"
DAY = timedelta(days=1)
LEAD = {
    "items": [{"event": "Asked", "points": 10, "label": "Asked something"}],
    "bands": [{"name": "cold"}, {"name": "hot", "enter": 10}],
}


@pytest.fixture
def shop(db: None) -> ScoredShop:
    """Thirty buyers, of whom the early ones stay away; Clara and a device have asked something."""
    shop = ScoredShop()
    shop.now = timezone.now()
    for number in range(30):
        for order in range(5 if number % 2 else 1):
            shop.does(f"buyer-{number}", "Order Completed", ago=(9 * number + order) * DAY, revenue=100)
    shop.is_known("clara", name="Clara Martin", email="clara@example.org")
    shop.does("clara", "Asked", ago=DAY)
    shop.does("anonymous-device", "Asked")
    shop.does("clara", "Product Viewed", name="Tent")
    shop.scores("lead", LEAD)
    shop.scores("rfm", {"event": "Order Completed"}, "rfm")
    shop.passes()
    return shop


@pytest.fixture
def crm(shop: ScoredShop) -> Connection:
    """Clara is a contact there, with a deal of Sam's."""
    source = Source.objects.create(name="CRM", kind="connection")
    made = Connection.objects.create(slug="crm", name="CRM", adapter="bottlecrm", source=source)
    clara = shop.id_of("clara")
    url = "https://crm.example/contacts/7"
    Link.objects.create(connection=made, object="contact", remote_id="7", profile_id=clara, url=url)
    when = {"created_at": timezone.now(), "updated_at": timezone.now()}
    deal = {"name": "Forty tents", "amount": 400_000, "currency": "EUR", "owner": "sam@kith.example"}
    Deal.objects.create(connection=made, remote_id="9", profile_id=clara, **deal, **when)
    return made


def browser_of(role: str, **facts: Any) -> Client:
    user = User.objects.create_user(facts.pop("username", role), is_staff=True, **facts)
    if role:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(shop: ScoredShop) -> Client:
    """Somebody of sales; the CRM writes the address in other letters."""
    return browser_of("Sales", email="Sam@kith.example")


def names(page: Any, key: str) -> list[str]:
    return [prospect.face.name for prospect in page.context[key].prospects]


def test_hot_leads_come_with_why_and_since_when(sam: Client) -> None:
    page = sam.get(SALES)
    (clara,) = page.context["hot"].prospects
    assert (clara.face.name, clara.last.detail) == ("Clara Martin", "Tent")
    html = page.content.decode()
    assert "Asked something" in html
    assert "for less than a minute" in html


def test_customers_at_risk_are_those_who_bought_and_stay_away(sam: Client) -> None:
    risk = sam.get(SALES).context["risk"]
    assert risk.total > 3
    assert {prospect.score.band for prospect in risk.prospects} <= {"At Risk", "Cannot Lose Them", "About to Sleep"}
    assert all(prospect.worth for prospect in risk.prospects)


def test_whose_deals_the_crm_says_they_are_is_mine(sam: Client, crm: Connection) -> None:
    mine = sam.get(SALES)
    assert (names(mine, "hot"), names(mine, "risk")) == (["Clara Martin"], [])
    html = mine.content.decode()
    for said in ("My hot leads", "1 open deal", "€4,000.00", "Forty tents", 'href="https://crm.example/contacts/7"'):
        assert said in html
    everybody = sam.get(f"{SALES}?whose=all")
    assert everybody.context["risk"].total > 3


def test_people_of_nobody_are_everybodys(shop: ScoredShop, crm: Connection) -> None:
    page = browser_of("Sales", email="other@kith.example").get(SALES)
    assert (page.context["mine"], page.context["may_choose"], names(page, "hot")) == (False, False, ["Clara Martin"])


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_only_addresses_of_the_web_are_opened(sam: Client, crm: Connection, url: str) -> None:
    Link.objects.update(url=url)
    assert "Open in the CRM" not in sam.get(SALES).content.decode()


def test_the_crm_is_not_shown_to_who_may_not_see_it(shop: ScoredShop, crm: Connection) -> None:
    sales = Group.objects.get(name="Sales")
    sales.permissions.remove(*sales.permissions.filter(content_type__app_label="connectors"))
    html = browser_of("Sales", email="sam@kith.example").get(SALES).content.decode()
    assert "Clara Martin" in html
    assert not [said for said in ("Forty tents", "crm.example", "Mine") if said in html]


@pytest.mark.parametrize("missing", ["view_score", "view_profile"])
def test_it_is_for_who_may_see_people_and_scores(shop: ScoredShop, missing: str) -> None:
    sales = Group.objects.get(name="Sales")
    sales.permissions.remove(*sales.permissions.filter(codename=missing))
    assert browser_of("Sales").get(SALES).status_code == 403


def test_it_is_the_first_page_of_sales_and_not_of_marketers(shop: ScoredShop) -> None:
    assert browser_of("Sales").get("/admin/").headers["Location"] == SALES
    marketer = browser_of("Marketers")
    assert marketer.get("/admin/").status_code == 200
    assert SALES in marketer.get("/admin/").content.decode()


@pytest.mark.parametrize("parameters", ["hot=2&risk=2", "hot=x&risk=-1", "hot=99999999999999999999", "whose=%00"])
def test_no_parameter_breaks_it(sam: Client, parameters: str) -> None:
    assert sam.get(f"{SALES}?{parameters}").status_code == 200


def test_without_scores_it_says_what_is_missing(db: None) -> None:
    html = browser_of("Sales").get(SALES).content.decode()
    assert "No score says who is hot" in html
    assert "New score" not in html


def test_the_number_of_queries_does_not_depend_on_the_number_of_people(
    shop: ScoredShop, sam: Client, crm: Connection
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            sam.get(f"{SALES}?whose=all")
        return len(captured)

    before = queries()
    for number in range(8):
        shop.is_known(f"asker-{number}", email=f"asker{number}@example.org")
        shop.does(f"asker-{number}", "Asked")
    shop.passes(timedelta(seconds=1))
    shop.follows()
    assert sam.get(f"{SALES}?whose=all").context["hot"].total == 9
    assert queries() <= before
