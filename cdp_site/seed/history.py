"""A person's year with the made-up shop: visits, orders, letters, questions to the helpdesk."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from cdp_site.seed.countries import COUNTRIES
from cdp_site.seed.letters import letters
from cdp_site.seed.people import Somebody, random_of
from cdp_site.seed.shop import Product
from cdp_site.seed.story import BROWSER, HELPDESK, SHOP, Said, Story
from cdp_site.seed.visits import Visit

_MOST_LOYAL = 4  # orders, from which on somebody is a VIP
_QUESTIONS = (
    "Where is my parcel?",
    "The size does not fit",
    "Zip is broken",
    "Question about an invoice",
    "Waterproof?",
)
_INTERESTS = ("hiking", "climbing", "camping", "running", "skiing")


def history(who: Somebody, now: datetime) -> list[Said]:
    """Everything that they did and that was said about them until `now`, in its order."""
    story = Story(str(who.number), now, random_of(who.number, "history"))
    _Life(who, story).tell()
    return sorted(story.said, key=lambda said: said.at)


class _Life:
    def __init__(self, who: Somebody, story: Story) -> None:
        self.who = who
        self.story = story
        self.random = story.random
        self.orders = 0
        self.joined: datetime | None = None
        # Devices on which they have logged in.
        self.known_on: set[int] = set()

    def tell(self) -> None:
        who = self.who
        count = max(2 if who.known else 1, round((who.since - who.last) / 30 * who.habit.visits))
        days = sorted((self.story.busy(who.last, who.since) for _ in range(count - 2)), reverse=True)
        days = [who.since, *days, who.last][: max(count, 1)]
        orders = min(self.random.randint(*who.habit.orders), len(days))
        # Whoever buys, does so by the last visit at the latest; a first order wants a second look.
        buying = set(self.random.sample(range(len(days) // 3, len(days)), min(orders, len(days) - len(days) // 3)))
        joining = min([self.random.choice((0, 0, 1, 2)), len(days) - 1, *buying]) if who.known else len(days)
        for index, day in enumerate(days):
            self.visit(index, self.story.ago(day), joins=index == joining, buys=index in buying)
        if self.joined:
            self._letters(self.joined)

    def visit(self, index: int, at: datetime, *, joins: bool, buys: bool, letter: str = "") -> None:
        """One visit; on a device that does not know them yet, people log in now and then, and always to buy."""
        device = index % len(self.who.devices)
        whose: dict[str, Any] = {"anonymousId": self.who.devices[device]}
        if device in self.known_on:
            whose["userId"] = self.who.user_id
        visit = Visit(self.story, self.who, device, at, whose)
        seen = visit.arrive(first=index == 0, letter=letter)
        if index == 0 and self.who.misspelt:
            visit.pause(5, 30)
            visit.say({"type": "identify", "traits": {"email": self.who.misspelt, "newsletter": True}})
        if joins:
            self._join(visit)
        elif self.joined and "userId" not in whose and (buys or self.random.random() < 0.5):
            visit.whose["userId"] = self.who.user_id
            visit.say({"type": "identify", "traits": {"email": self._as_typed()}})
            visit.track("Logged In", {"method": "e-mail"})
        if "userId" in visit.whose:
            self.known_on.add(device)
        self._shop(visit, seen, buys=buys)

    def _shop(self, visit: Visit, seen: list[Product], *, buys: bool) -> None:
        tempted = buys or self.random.random() < (0.85 if self.who.habit.name == "abandoner" else 0.14)
        if not tempted:
            return
        chosen = seen[: self.random.randint(1, len(seen))]
        for product in chosen:
            visit.pause(5, 60)
            visit.track("Product Added", {**product.facts, "quantity": 1})
        if buys or self.random.random() < 0.4:
            visit.page("Checkout", "/checkout/")
            visit.track("Checkout Started", {"products": [product.facts for product in chosen], "currency": "EUR"})
        if buys:
            visit.pause(60, 240)
            self._order(visit, chosen)

    def _order(self, visit: Visit, chosen: list[Product]) -> None:
        self.orders += 1
        many = self.random.randint(3, 12) if self.who.company and self.random.random() < 0.4 else 1
        order = {
            "order_id": f"O-{self.who.number:05}-{self.orders}",
            "category": chosen[0].category,
            "revenue": round(many * sum(product.price for product in chosen), 2),
            "currency": "EUR",
            "products": [{**product.facts, "quantity": many} for product in chosen],
        }
        about = {"userId": self.who.user_id}
        self.story.track(visit.at, SHOP, {**about, **visit.whose}, "Order Completed", order)
        visit.page("Thank you", "/thanks/")
        if self.orders in {1, _MOST_LOYAL}:
            stage = "vip" if self.orders > 1 else "customer"
            self._say_traits(visit.at + timedelta(seconds=2), {"stage": stage})
        if self.random.random() < 0.07:
            refund = {"order_id": order["order_id"], "total": chosen[0].price, "currency": "EUR"}
            self.story.track(visit.at + timedelta(days=6.2), SHOP, about, "Order Refunded", refund)
        if self.random.random() < 0.13:
            self._ask(visit.at + timedelta(days=self.random.uniform(1, 9)))

    def _ask(self, at: datetime) -> None:
        """A question; the helpdesk knows people by their address alone."""
        about = {"context": {"traits": {"email": self.who.email}}}
        ticket = {"ticket_id": f"T-{self.who.number:05}-{self.orders}", "subject": self.random.choice(_QUESTIONS)}
        channel = {"channel": self.random.choice(["e-mail", "chat", "phone"])}
        self.story.track(at, HELPDESK, about, "Support Ticket Opened", {**ticket, **channel})
        solved = {**ticket, "satisfaction": self.random.choice([1, 3, 4, 4, 5, 5])}
        self.story.track(
            at + timedelta(hours=self.random.uniform(1, 60)), HELPDESK, about, "Support Ticket Solved", solved
        )

    def _join(self, visit: Visit) -> None:
        """The website learns who it is, and the shop's server says what else it knows."""
        who = self.who
        self.joined = visit.at
        visit.whose["userId"] = who.user_id
        visit.pause(20, 90)
        visit.track("Signed Up", {"method": "e-mail"})
        seen_city = who.city if self.random.random() < 0.7 else self.random.choice(COUNTRIES[who.country].cities)
        said = {"email": self._as_typed(), "city": seen_city, "language": COUNTRIES[who.country].language}
        visit.say({"type": "identify", "traits": said})
        self._say_traits(visit.at + timedelta(seconds=3), self._traits())
        if who.company:
            company = {"name": who.company.name, "industry": who.company.industry, "plan": who.company.plan}
            place = {"employees": who.company.employees, "city": who.company.city, "country": who.company.country}
            group = {"type": "group", "userId": who.user_id, "groupId": who.company.key, "traits": company | place}
            self.story.say(visit.at + timedelta(minutes=4), SHOP, group)

    def _traits(self) -> dict[str, Any]:
        who, random = self.who, self.random
        said = {
            "first_name": who.first_name,
            "last_name": who.last_name,
            "email": who.email,
            "phone": who.phone,
            "country": who.country,
            "city": who.city,
            "stage": "lead",
            "newsletter": who.newsletter,
            "birthday": str(date(1955, 1, 1) + timedelta(days=random.randint(0, 50 * 365))),
            "interests": sorted(random.sample(_INTERESTS, 2)),
        }
        return said | ({"company": who.company.name, "title": who.title} if who.company else {})

    def _say_traits(self, at: datetime, traits: dict[str, Any]) -> None:
        self.story.say(at, SHOP, {"type": "identify", "userId": self.who.user_id, "traits": traits})

    def _letters(self, joined: datetime) -> None:
        """A click on a letter is a visit, too."""
        for at, letter in letters(self.who, self.story, joined):
            visit = Visit(self.story, self.who, 0, at, {"anonymousId": self.who.devices[0], "userId": self.who.user_id})
            self._shop(visit, visit.arrive(first=False, letter=letter), buys=False)

    def _as_typed(self) -> str:
        """Telephones begin every field with a capital letter."""
        return self.random.choice([self.who.email, self.who.email, self.who.email.capitalize()])


# What a quarantine is for: mistakes that integrations make.
MISTAKES: list[tuple[str, dict[str, Any]]] = [
    (SHOP, {"type": "track", "event": "Order Completed", "properties": {"order_id": "O-1", "revenue": 59.9}}),
    (
        BROWSER,
        {"type": "track", "event": "Product Viewed", "userId": "undefined", "properties": {"name": "Daypack 22"}},
    ),
    (SHOP, {"type": "purchase", "userId": "K-10001", "properties": {"order_id": "O-2"}}),
    (SHOP, {"type": "track", "event": "Signed Up", "userId": "K-10002", "timestamp": "2062-01-01T00:00:00Z"}),
]
