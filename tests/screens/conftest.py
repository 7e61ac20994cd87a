"""A signed-in browser whose pages must neither complain nor ask anybody outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.live import Live

Open = Callable[..., Any]


@pytest.fixture(scope="session")
def signed_in(browser: Browser, live: Live) -> Any:
    """The cookies of the administrator."""
    context = browser.new_context(base_url=live.url)
    page = context.new_page()
    page.goto("/admin/login/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", live.password)
    page.click("#login-form button[type=submit]")
    page.wait_for_url("**/admin/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def opened(browser: Browser, live: Live, signed_in: Any) -> Open:
    """`with opened(theme="dark", width=390) as page`: fails when a page complained or asked an outside host."""

    @contextmanager
    def open_(theme: str = "light", width: int = 1440, *, anonymous: bool = False) -> Iterator[Page]:
        context = browser.new_context(
            base_url=live.url,
            viewport={"width": width, "height": 900},
            color_scheme=theme,  # type: ignore[arg-type]  # a Literal
            locale="en-GB",
            storage_state=None if anonymous else signed_in,
        )
        page = context.new_page()
        complaints: list[str] = []
        page.on("request", lambda request: _inside(request.url, live, complaints))
        page.on("console", lambda message: _quiet(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        context.close()
        assert not complaints

    return open_


def _inside(url: str, live: Live, complaints: list[str]) -> None:
    if not url.startswith((live.url, "data:", "blob:")):
        complaints.append(f"asked {url}")


def _quiet(message: ConsoleMessage, complaints: list[str]) -> None:
    # Chromium writes what the Content Security Policy refused here too.
    if message.type == "error":
        complaints.append(message.text)
