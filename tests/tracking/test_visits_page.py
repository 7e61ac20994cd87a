"""The visits on the page of a person."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from profiles.models import Identifier
from tests.tracking.visiting import GOOGLEBOT, IPHONE, happens, known, seen, visits

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    """A browser of an administrator."""
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def _tab(client: Client, who: str) -> str:
    person = Identifier.objects.get(type="anonymous_id", value=who).profile_id
    page = client.get(reverse("admin:profiles_profile_change", args=[person]), {"tab": "visits"})
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def test_a_visit_is_one_readable_line_and_the_first_and_last_stand_above(admin: Client) -> None:
    happens(
        seen("/tents/", 0, query="utm_source=news&utm_medium=email&utm_campaign=june", agent=IPHONE),
        seen("", 5, event="Order Completed", agent=IPHONE, properties={"revenue": 99.5}),
        seen("/", 100),
    )
    page = _tab(admin, "device-1")
    for words in ("Email", "news / email · june", "/tents/", "5 minutes", "Phone", "Safari · iOS", "€99.50"):
        assert words in page
    for words in ("First visit", "Last visit", "Last visit that was not direct", "after a pause", "Direct"):
        assert words in page
    assert "kept apart" not in page


def test_programs_are_listed_apart_and_nothing_is_said_in_so_many_words(admin: Client) -> None:
    happens(seen("/", 0, who="robot", agent=GOOGLEBOT), known("nobody", "anna@shop.example"))
    assert visits("robot") == []
    page = _tab(admin, "robot")
    assert "No visit yet" in page
    assert "By programs, kept apart" in page
    assert "Googlebot" in page
    assert "By programs" not in _tab(admin, "nobody")


def test_many_visits_take_as_many_queries_as_one(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    happens(seen("/", 0, who="once"), *(seen("/", at * 40, who="often") for at in range(80)))
    _tab(admin, "once")
    with django_assert_max_num_queries(40) as asked:
        _tab(admin, "once")
    with django_assert_max_num_queries(len(asked)):
        page = _tab(admin, "often")
    assert "The last 60 are shown." in page
