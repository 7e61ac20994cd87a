"""A visit to the made-up shop, as the tracker would have reported it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from cdp_site.seed.countries import COUNTRIES
from cdp_site.seed.people import Somebody
from cdp_site.seed.shop import CATEGORIES, PRODUCTS, SITE, Product, path_of
from cdp_site.seed.story import BROWSER, Story
from cdp_site.seed.traffic import DEVICES, NEWSLETTER, ORIGINS, Device, Origin

_LETTER = Origin(0, 0, "", NEWSLETTER)
_CAMPAIGN = {"utm_campaign": "name", "utm_source": "source", "utm_medium": "medium"}
_CAMPAIGN |= {"utm_term": "term", "utm_content": "content"}
_LIBRARY = {"name": "kith.js", "version": "1"}


class Visit:
    """One visit, told step by step; `whose` is what the tracker knows of the visitor by then."""

    def __init__(self, story: Story, who: Somebody, device: int, at: datetime, whose: dict[str, Any]) -> None:
        self.at = at
        self.whose = whose
        self._story = story
        self._random = story.random
        self._browser = _browser(who.devices[device])
        self._home = COUNTRIES[who.country]
        self._consent = {"categoryPreferences": {"analytics": True, "marketing": who.newsletter}}
        self._page: dict[str, str] = {}
        self._campaign: dict[str, str] = {}

    def arrive(self, *, first: bool, letter: str = "") -> list[Product]:
        """Land on a page, go on to a category and look at some products; those seen."""
        origin = _LETTER if letter else _origin(self._random, first=first)
        category = self._random.choice(CATEGORIES)
        choice = [product for product in PRODUCTS if product.category == category]
        seen = self._random.sample(choice, min(len(choice), self._random.choice((1, 1, 2, 2, 3))))
        query = origin.query.format(letter=letter, lang=self._home.language, click=f"{self._random.getrandbits(72):x}")
        self._campaign = {_CAMPAIGN[key]: value for key, value in parse_qsl(query) if key in _CAMPAIGN}
        search = query and f"?{query}"
        if origin.landing == "home":
            self.page("Kith Outdoor", "/", search, origin.referrer)
        elif origin.landing == "product":
            self._look(seen[0], search, origin.referrer)
        else:
            self.page(category.capitalize(), path_of(category), search, origin.referrer)
        # One in four leaves at once.
        if self._random.random() < 0.25 and not letter:
            return seen[:1]
        if origin.landing == "home" and self._random.random() < 0.6:
            self.page(category.capitalize(), path_of(category))
        for product in seen[1:] if origin.landing == "product" else seen:
            self._look(product)
        return seen

    def page(self, title: str, path: str, search: str = "", referrer: str | None = None) -> None:
        """Open a page; without a `referrer` it was reached from the one before."""
        self.pause(20, 110)
        before = self._page.get("url", "") if referrer is None else referrer
        if not search:
            self._campaign = {}
        self._page = {"url": SITE + path + search, "path": path, "referrer": before, "search": search, "title": title}
        self.say({"type": "page", "properties": {}})

    def track(self, event: str, properties: dict[str, Any]) -> None:
        """Do something on the page."""
        self.say({"type": "track", "event": event, "properties": properties})

    def say(self, message: dict[str, Any]) -> None:
        """Send a message as the tracker does, with its circumstances."""
        context: dict[str, Any] = {
            "page": self._page,
            "userAgent": self._browser.agent,
            "locale": self._home.locale,
            "timezone": self._home.zone,
            "screen": {"width": self._browser.screen[0], "height": self._browser.screen[1]},
            "consent": self._consent,
            "library": _LIBRARY,
        }
        if self._campaign:
            context["campaign"] = self._campaign
        self._story.say(self.at, BROWSER, {**self.whose, **message, "context": context})

    def pause(self, least: float, most: float) -> None:
        """Let some seconds pass."""
        self.at += timedelta(seconds=self._random.uniform(least, most))

    def _look(self, product: Product, search: str = "", referrer: str | None = None) -> None:
        self.page(product.name, product.path, search, referrer)
        self.pause(1, 2)
        self.track("Product Viewed", product.facts)


def _origin(random: Random, *, first: bool) -> Origin:
    return random.choices(ORIGINS, _FIRST if first else _AGAIN)[0]


def _browser(device: str) -> Device:
    """Always the same for a device."""
    return Random(device).choices(DEVICES, _DEVICES)[0]  # noqa: S311  nothing secret


_FIRST = [origin.first for origin in ORIGINS]
_AGAIN = [origin.again for origin in ORIGINS]
_DEVICES = [device.share for device in DEVICES]
