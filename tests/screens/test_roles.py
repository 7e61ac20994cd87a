"""What each role may open. Every address of the admin is asked: a new page is refused until it is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import URLPattern, URLResolver

from profiles import keys
from profiles.models import Profile, Source
from segments.models import Segment
from segments.publish import publish
from tests.profiles.given import applied, identify, person
from tracking.models import Quarantine

pytestmark = pytest.mark.django_db

# What belongs to everybody who may log in.
OWN = {"login", "logout", "password_change", "password_change_done", "jsi18n", "search"}
PEOPLE = {"profiles_profile_changelist", "profiles_profile_change", "profiles_profile_history"}
SALES = PEOPLE | {"sales", "profiles_account_changelist", "connectors_deal_changelist"}
ANSWERED = 200


@pytest.fixture
def anna() -> Profile:
    """Anna, a source with a key, a message in quarantine and a segment; each is the first of its kind."""
    applied(identify("user_id:K-1", "email:anna@example.org", traits={"name": "Anna"}))
    source = Source.objects.get()
    keys.issue(source)
    Quarantine.objects.create(source=source, reason="bad_json", payload=b"{", received_at="2026-05-01T12:00Z")
    publish(
        Segment(slug="annas", name="Annas"), {"all": [{"where": {"attribute": "traits.name", "op": "known"}}]}, None
    )
    return person("user_id:K-1")


def signed_in(role: str) -> Client:
    """A browser of somebody with this role."""
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def addresses(patterns: list[Any], before: str = "/admin/") -> Iterator[tuple[str, str]]:
    """(name, address) of everything the admin answers, with the id of something that exists."""
    for pattern in patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield pattern.name or "", route.replace("$", "")


def filled(route: str, ids: dict[str, Any]) -> str:
    """An address with ids in it."""
    model = next((name for name in ids if f"/{name}/" in route), "")
    return re.sub(r"<[^>]+>|\(\?P<[^)]+\)", str(ids.get(model, 1)), route)


def opened(client: Client, ids: dict[str, Any], method: str = "get") -> set[str]:
    """The names of the addresses that show a page."""
    found = set()
    for name, route in addresses(admin.site.get_urls()):
        response = getattr(client, method)(filled(route, ids))
        assert response.status_code < 500, (name, response.status_code)
        if response.status_code == ANSWERED:
            found.add(name)
    return found


def ids(anna: Profile) -> dict[str, Any]:
    return {
        "profile": anna.pk,
        "source": Source.objects.get().pk,
        "quarantine": Quarantine.objects.get().pk,
        "segment": Segment.objects.get().pk,
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_sales_read_people_and_what_is_sold_to_them_and_nothing_else(anna: Profile, method: str) -> None:
    assert opened(signed_in("Sales"), ids(anna), method) - OWN <= SALES


def test_sales_open_the_list_and_every_tab_they_may_see(anna: Profile) -> None:
    client = signed_in("Sales")
    assert b"anna@example.org" in client.get("/admin/profiles/profile/").content
    for tab, part in product(["timeline", "traits", "identities"], ["", "&part"]):
        response = client.get(f"/admin/profiles/profile/{anna.pk}/change/?tab={tab}{part}")
        assert response.status_code == ANSWERED, tab


def test_the_first_page_of_sales_is_their_own(anna: Profile) -> None:
    assert signed_in("Sales").get("/admin/").headers["Location"] == "/admin/sales/"


def sidebar(client: Client) -> list[str]:
    """The addresses in the menu."""
    page = client.get("/admin/profiles/profile/").content.decode()
    menu = (
        page.split('id="nav-sidebar-apps"')[1].split("</ol>\n        </div>\n    </div>")[0].split('id="user-links"')[0]
    )
    return re.findall(r'href="(/admin/[^"]*)"', menu)


def test_the_menu_shows_what_a_role_may_open_and_all_of_it_opens(anna: Profile) -> None:
    salesperson = signed_in("Sales")
    links = ["/admin/sales/", "/admin/profiles/profile/", "/admin/profiles/account/", "/admin/connectors/deal/"]
    assert sorted(sidebar(salesperson)) == sorted(links)
    assert {link: salesperson.get(link).status_code for link in links} == dict.fromkeys(links, ANSWERED)
    marketer = signed_in("Marketers")
    links = sidebar(marketer)
    assert {"/admin/", "/admin/segments/segment/", "/admin/profiles/source/", "/admin/tracking/quarantine/"} <= set(
        links
    )
    assert not [link for link in links if "/auth/" in link]
    assert {link: marketer.get(link).status_code for link in links} == dict.fromkeys(links, ANSWERED)


def test_marketers_manage_no_users_and_no_tokens(anna: Profile) -> None:
    assert not {name for name in opened(signed_in("Marketers"), ids(anna)) if name.startswith(("auth_", "knox_"))}


def test_marketers_make_sources_and_replay(anna: Profile) -> None:
    client = signed_in("Marketers")
    message = Quarantine.objects.get()
    client.post(f"/admin/tracking/quarantine/{message.pk}/replay/")
    message.refresh_from_db()
    assert message.replayed_at is not None
    assert client.get("/admin/profiles/source/add/").status_code == ANSWERED


def test_nobody_replays_by_following_a_link(anna: Profile) -> None:
    message = Quarantine.objects.get()
    assert signed_in("Marketers").get(f"/admin/tracking/quarantine/{message.pk}/replay/").status_code == 403


def test_strangers_are_sent_to_the_login(anna: Profile) -> None:
    assert opened(Client(), ids(anna)) <= OWN
