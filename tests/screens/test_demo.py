"""The demo shop: pleasant for everybody, and what is done there arrives."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.live import Live
from tests.screens.axe import findings
from tests.screens.conftest import Open

PAGES = ["/demo/", "/demo/tents/", "/demo/sleeping-bags/feather-bag/", "/demo/cart/"]
APPLIED_SECONDS = 8
JOURNEY = """
    SELECT t.name, e.properties FROM profiles_identifier i JOIN profiles_event e USING (profile_id)
    JOIN profiles_eventtype t ON t.id = e.name_id WHERE i.type_id = 'email' AND i.value = %s ORDER BY e.occurred_at"""


def journey(live: Live, email: str, last: str) -> list[tuple[str, dict[str, Any]]]:
    """What somebody did, once the `last` of it is there."""
    deadline = time.monotonic() + APPLIED_SECONDS
    with live.connect() as connection:
        while True:
            found = connection.execute(JOURNEY, [email]).fetchall()
            if last in {name for name, _said in found}:
                return [(name, said) for name, said in found]
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


def put_into_cart(page: Page, product: str) -> None:
    page.goto(f"/demo/{product}/")
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/demo/cart/")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_grave_and_nothing_sticks_out(opened: Open, width: int) -> None:
    with opened(width=width, anonymous=True) as page:
        for address in PAGES:
            assert page.goto(address).status == 200
            assert findings(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        put_into_cart(page, "tents/lightness-2")
        page.goto("/demo/checkout/")
        assert findings(page) == []


@pytest.mark.browser
def test_a_stranger_from_an_advertisement_buys_and_is_somebody(opened: Open, live: Live) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    with opened(anonymous=True) as page:
        page.goto("/demo/?utm_source=google&utm_medium=cpc&utm_campaign=tents")
        page.get_by_role("button", name="Accept all").click()
        put_into_cart(page, "tents/lightness-2")
        page.get_by_role("link", name="Check out").click()
        page.get_by_label("E-mail").first.fill(email)
        page.get_by_label("First name").fill("Nora")
        page.get_by_label("Last name").fill("Newcomer")
        page.get_by_role("button", name="Order for 349.00 €").click()
        expect(page.get_by_role("heading", name="Thank you, Nora.")).to_be_visible()
        found = journey(live, email, "Order Completed")
        page.reload()
        expect(page.locator("[data-told] li")).to_have_count(1)
    names = [name for name, _said in found if name != "Visit Started"]
    assert names[0] == "Page Viewed"
    assert {"Product Viewed", "Product Added", "Cart Viewed", "Checkout Started"} <= {*names}
    order = dict(found)["Order Completed"]
    assert (order["revenue"], order["products"][0]["product_id"]) == (349, "TE-301")
    with live.connect() as connection:
        traits = connection.execute(
            """SELECT p.traits FROM profiles_identifier i JOIN profiles_profile p ON p.id = i.profile_id
               WHERE i.value = %s""",
            [email],
        ).fetchone()
    assert traits is not None
    assert (traits[0]["first_name"], traits[0]["last_name"]) == ("Nora", "Newcomer")


@pytest.mark.browser
def test_who_signs_up_for_the_letter_is_known(opened: Open, live: Live) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    with opened(width=390, anonymous=True) as page:
        page.goto("/demo/")
        page.get_by_role("button", name="Measure only").click()
        page.get_by_placeholder("Your e-mail address").fill(email)
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_text("The next letter is yours")).to_be_visible()
        journey(live, email, "Newsletter Subscribed")
        assert page.get_by_role("region", name="May we look").is_hidden()
        page.get_by_role("button", name="Cookie settings").click()
        expect(page.get_by_role("region", name="May we look")).to_be_visible()


@pytest.mark.browser
def test_who_refuses_shops_without_being_watched(opened: Open) -> None:
    with opened(anonymous=True) as page:
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if "/v1/" in request.url else None)
        page.goto("/demo/")
        page.get_by_role("button", name="Refuse").click()
        put_into_cart(page, "boots/alpine-boot")
        expect(page.locator(".basket b")).to_have_text("1")
        page.get_by_role("button", name="One Alpine Boot more").click()
        expect(page.locator(".basket b")).to_have_text("2")
        page.get_by_role("button", name="One Alpine Boot less").click()
        expect(page.locator(".basket b")).to_have_text("1")
        assert sent == []
        assert {cookie["name"] for cookie in page.context.cookies()} <= {"csrftoken", "demo_cart"}


@pytest.mark.browser
def test_it_speaks_french(opened: Open) -> None:
    with opened(anonymous=True) as page:
        page.goto("/demo/tents/lightness-2/")
        page.get_by_role("button", name="Refuse").click()
        page.get_by_role("button", name="Français").click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.locator(".product .price")).to_have_text("349,00 €")
        assert page.url.endswith("/demo/tents/lightness-2/")


def test_without_a_demo_there_is_no_shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KITH_DATA", str(tmp_path))
    assert Client().get("/demo/").status_code == 404
    (tmp_path / "demo_write_key").write_text("kw_of_a_test")
    answer = Client().get("/demo/")
    assert (answer.status_code, b'data-key="kw_of_a_test"' in answer.content) == (200, True)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("address", "status"),
    [("tents/nothing/", 404), ("nothing/", 404), ("checkout/", 302), ("thanks/", 302), ("cart/change/", 405)],
)
def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str, status: int) -> None:
    monkeypatch.setenv("KITH_DATA", str(tmp_path))
    (tmp_path / "demo_write_key").write_text("kw_of_a_test")
    assert Client().get(f"/demo/{address}").status_code == status


@pytest.mark.parametrize("cart", ["", "TE-301", "TE-301:0", "TE-999:1", "\x00", "TE-301:99.BO-201:1", "x" * 5000])
def test_a_cart_that_somebody_made_up_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cart: str
) -> None:
    monkeypatch.setenv("KITH_DATA", str(tmp_path))
    (tmp_path / "demo_write_key").write_text("kw_of_a_test")
    client = Client()
    client.cookies["demo_cart"] = cart
    assert client.get("/demo/cart/").status_code == 200
    assert client.post("/demo/cart/change/", {"product": "nothing"}).status_code == 302
