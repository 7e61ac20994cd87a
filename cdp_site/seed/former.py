"""Made-up people, always the same ones: who they are and how they behave."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random
from uuid import UUID

from cdp_site.seed.shop import COUNTRIES

PEOPLE = 200


@dataclass(frozen=True)
class Habit:
    """How somebody behaves. Days are counted back from now; `orders` is a range, `visits` are per month."""

    name: str
    share: int
    since: tuple[int, int]
    last: tuple[int, int]
    visits: float
    orders: tuple[int, int]
    stage: str


HABITS = [
    Habit("regular", 34, (60, 150), (0, 12), 4.0, (1, 3), "customer"),
    Habit("vip", 14, (100, 160), (0, 8), 7.0, (4, 8), "vip"),
    Habit("lapsed", 30, (110, 160), (38, 85), 3.0, (1, 2), "customer"),
    Habit("lead", 34, (10, 110), (0, 25), 3.5, (0, 0), "lead"),
    Habit("new", 26, (1, 26), (0, 1), 9.0, (0, 1), "lead"),
    Habit("abandoner", 20, (8, 70), (0, 5), 4.5, (0, 0), "lead"),
    Habit("anonymous", 26, (1, 90), (0, 20), 2.5, (0, 0), ""),
]


@dataclass(frozen=True)
class Somebody:
    """One made-up person; `member`: of their country's club. `known`: the shop learns who it is."""

    number: int
    habit: Habit
    country: str
    language: str
    first_name: str
    last_name: str
    city: str
    email: str
    phone: str
    devices: tuple[str, ...]
    since: float
    last: float
    member: bool

    @property
    def known(self) -> bool:
        return self.habit.name != "anonymous"

    @property
    def user_id(self) -> str:
        return f"K-{10_000 + self.number}"


def everybody(random: Random) -> list[Somebody]:
    """PEOPLE people, no two with the same name."""
    taken: set[str] = set()
    return [_somebody(number, random, taken) for number in range(PEOPLE)]


def _somebody(number: int, random: Random, taken: set[str]) -> Somebody:
    habit = random.choices(HABITS, [habit.share for habit in HABITS])[0]
    country = random.choices(list(COUNTRIES), [facts.share for facts in COUNTRIES.values()])[0]
    home = COUNTRIES[country]
    prefix, digits = home.mobile
    while True:
        first, last = random.choice(home.first_names.split()), random.choice(home.last_names.split())
        if f"{first} {last}" not in taken:
            taken.add(f"{first} {last}")
            break
    since = random.uniform(*habit.since)
    return Somebody(
        number=number,
        habit=habit,
        country=country,
        language=home.language,
        first_name=first,
        last_name=last,
        city=random.choice(home.cities.split()),
        email=f"{_plain(first)}.{_plain(last)}@{random.choice(['example.com', 'example.org', 'mail.example'])}",
        phone=prefix + "".join(random.choices("0123456789", k=digits)),
        devices=_devices(habit, random),
        since=since,
        last=min(random.uniform(*habit.last), since * 0.8),
        member=habit.stage in {"customer", "vip"} and random.random() < 0.15,
    )


def _devices(habit: Habit, random: Random) -> tuple[str, ...]:
    """A stranger's second device would be a second stranger."""
    count = 1 if habit.name == "anonymous" else random.choice([1, 1, 2, 2, 3])
    return tuple(str(UUID(int=random.getrandbits(128), version=4)) for _ in range(count))


def _plain(name: str) -> str:
    """ü becomes ue, é becomes e: as people write their addresses."""
    german = name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss")
    return unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
