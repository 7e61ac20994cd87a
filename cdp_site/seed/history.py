"""What the made-up people did, as the messages that a website and a shop's server would have sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from cdp_site.seed.former import Somebody
from cdp_site.seed.shop import CLUBS, PRODUCTS, REFERRERS, SITE, Product

BROWSER, SERVER = "browser", "server"
_DAY = 24 * 60.0  # minutes


@dataclass
class History:
    """Messages of everybody; `sent` are (time, kind of source, message)."""

    now: datetime
    random: Random
    sent: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)

    def say(self, minutes_ago: float, source: str, message: dict[str, Any]) -> None:
        """Add a message. Its id is its place in the history, so that a second seed says nothing new."""
        at = self.now - timedelta(minutes=max(minutes_ago, 0.1))
        stamped = {**message, "messageId": f"seed-{len(self.sent)}", "timestamp": at.isoformat()}
        self.sent.append((at, source, stamped))

    def live(self, who: Somebody) -> None:
        """A person's months at the shop."""
        visits = max(2, round((who.since - who.last) / 30 * who.habit.visits))
        days = sorted((self.random.uniform(who.last, who.since) for _ in range(visits - 2)), reverse=True)
        days = [who.since, *days, who.last]
        orders = self.random.randint(*who.habit.orders)
        buying = set(self.random.sample(range(1, len(days)), min(orders, len(days) - 1)))
        for index, day in enumerate(days):
            device = who.devices[min(index * len(who.devices) // len(days), len(who.devices) - 1)]
            self._visit(who, device, day * _DAY, first=index == 0, buys=index in buying)
        if who.member:
            club, name, plan = CLUBS[who.country]
            about = {"type": "group", "userId": who.user_id, "groupId": club, "traits": {"name": name, "plan": plan}}
            self.say(who.since * _DAY - 300, SERVER, about)

    def _visit(self, who: Somebody, device: str, minutes: float, *, first: bool, buys: bool) -> None:
        """Pages, products, perhaps a cart and an order; each step some minutes after the last."""
        minutes = max(minutes, 45.0)
        whose: dict[str, Any] = {"anonymousId": device}
        if who.known and not first:
            whose["userId"] = who.user_id
        minutes = self._page(whose, minutes, "Kith Outdoor", "/", self.random.choice(REFERRERS))
        if first and who.known:
            minutes = self._sign_up(who, device, minutes)
            whose["userId"] = who.user_id
        category = self.random.choice(PRODUCTS).category
        minutes = self._page(whose, minutes, category.capitalize(), f"/{category}/", "")
        seen = self._look(whose, minutes, category)
        minutes -= 2.0 * len(seen)
        if buys:
            self._buy(who, whose, minutes, seen)
        elif self.random.random() < (0.9 if who.habit.name == "abandoner" else 0.12):
            self._track(whose, minutes, "Product Added", _about(seen[-1]) | {"quantity": 1})
        if who.known and self.random.random() < 0.2:
            opened = {"subject": "New for the season", "campaign": "newsletter"}
            self._track({"userId": who.user_id}, minutes - 20, "Email Opened", opened, SERVER)

    def _look(self, whose: dict[str, Any], minutes: float, category: str) -> list[Product]:
        """Some products of a category, each on its page."""
        choice = [product for product in PRODUCTS if product.category == category]
        seen = self.random.sample(choice, min(len(choice), self.random.randint(1, 3)))
        for product in seen:
            self._page(whose, minutes, product.name, product.path, "")
            self._track(whose, minutes - 0.1, "Product Viewed", _about(product))
            minutes -= 2.0
        return seen

    def _sign_up(self, who: Somebody, device: str, minutes: float) -> float:
        """The website recognises the visitor, the server says who it is; some left an address before they signed up."""
        early = self.random.random() < 0.12
        if early:
            self.say(
                minutes + 2 * _DAY,
                BROWSER,
                {"type": "identify", "anonymousId": f"{device[:-4]}beef", "traits": {"email": who.email}},
            )
        self._track({"anonymousId": device, "userId": who.user_id}, minutes, "Signed Up", {"method": "e-mail"})
        seen_city = self.random.choice([who.city, who.city, "Paris", "London"])
        self.say(
            minutes - 0.2,
            BROWSER,
            {
                "type": "identify",
                "anonymousId": device,
                "userId": who.user_id,
                "traits": {"email": who.email.capitalize(), "city": seen_city, "language": who.language},
            },
        )
        self.say(
            minutes - 0.5, SERVER, {"type": "identify", "userId": who.user_id, "traits": self._traits(who, "lead")}
        )
        if who.habit.stage != "lead":
            later = max((who.since - 12) * _DAY, 60)
            said = {"type": "identify", "userId": who.user_id, "traits": {"stage": who.habit.stage}}
            self.say(later, SERVER, said)
        return minutes - 1

    def _traits(self, who: Somebody, stage: str) -> dict[str, Any]:
        return {
            "first_name": who.first_name,
            "last_name": who.last_name,
            "email": who.email,
            "phone": who.phone,
            "country": who.country,
            "city": who.city,
            "stage": stage,
            "newsletter": self.random.random() < 0.6,
            "birthday": str(date(1955, 1, 1) + timedelta(days=self.random.randint(0, 50 * 365))),
            "interests": sorted(self.random.sample(["hiking", "climbing", "camping", "running", "skiing"], 2)),
        }

    def _buy(self, who: Somebody, whose: dict[str, Any], minutes: float, seen: list[Product]) -> None:
        chosen = seen[: self.random.randint(1, len(seen))]
        for product in chosen:
            self._track(whose, minutes, "Product Added", _about(product) | {"quantity": 1})
        self._track(whose, minutes - 1, "Checkout Started", {"products": [_about(product) for product in chosen]})
        quantity = self.random.choice([1, 1, 1, 2])
        order = {
            "order_id": f"O-{who.number:03}{len(self.sent):05}",
            "category": chosen[0].category,
            "revenue": round(quantity * sum(product.price for product in chosen), 2),
            "currency": "EUR",
            "products": [_about(product) | {"quantity": quantity} for product in chosen],
        }
        self._track({"userId": who.user_id}, minutes - 3, "Order Completed", order, SERVER)
        if self.random.random() < 0.06:
            refund = {"order_id": order["order_id"], "total": chosen[0].price, "currency": "EUR"}
            self._track({"userId": who.user_id}, minutes - 4 * _DAY, "Order Refunded", refund, SERVER)

    def _page(self, whose: dict[str, Any], minutes: float, title: str, path: str, referrer: str) -> float:
        page = {"title": title, "path": path, "url": SITE + path, "referrer": referrer}
        self.say(minutes, BROWSER, {**whose, "type": "page", "name": title, "properties": page})
        return minutes - self.random.uniform(0.5, 2.0)

    def _track(
        self, whose: dict[str, Any], minutes: float, event: str, properties: dict[str, Any], source: str = BROWSER
    ) -> None:
        self.say(minutes, source, {**whose, "type": "track", "event": event, "properties": properties})


def _about(product: Product) -> dict[str, Any]:
    return {"product_id": product.id, "name": product.name, "category": product.category, "price": product.price}


# What a quarantine is for: mistakes that integrations make.
MISTAKES: list[dict[str, Any]] = [
    {"type": "track", "event": "Order Completed", "properties": {"order_id": "O-1", "revenue": 59.9}},
    {"type": "track", "event": "Product Viewed", "userId": "undefined", "properties": {"name": "Daypack 22"}},
    {"type": "purchase", "userId": "K-10001", "properties": {"order_id": "O-2"}},
    {"type": "track", "event": "Signed Up", "userId": "K-10002", "timestamp": "2062-01-01T00:00:00Z"},
]
