"""Made-up people, always the same ones: who they are and how they behave.

The person with a number is the same however many there are, so that a larger shop contains the smaller one.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from uuid import UUID

from cdp_site.seed.companies import TITLES, Company, company, plain
from cdp_site.seed.countries import COUNTRIES, ROUND

PEOPLE = 2_000
_SEED = 20_261
# Steps through all pairs of a first and a last name without meeting one twice: no list has 1,009 pairs' divisor.
_STRIDE = 1_009
_MAIL = ("mail.example", "post.example", "inbox.example", "web.example")


@dataclass(frozen=True)
class Habit:
    """How somebody behaves. `since` and `last` are days ago; `visits` are per month, `orders` in all that time."""

    name: str
    share: int
    since: tuple[float, float]
    last: tuple[float, float]
    visits: float
    orders: tuple[int, int]
    stage: str


HABITS = [
    Habit("regular", 25, (80, 362), (0, 24), 1.8, (1, 4), "customer"),
    Habit("vip", 8, (140, 362), (0, 12), 3.6, (4, 8), "vip"),
    Habit("lapsed", 20, (170, 362), (40, 150), 2.0, (1, 2), "customer"),
    Habit("lead", 16, (8, 220), (0, 40), 2.3, (0, 0), "lead"),
    Habit("new", 9, (0.6, 28), (0, 2), 9.0, (0, 1), "lead"),
    Habit("abandoner", 7, (8, 100), (0, 6), 4.5, (0, 0), "lead"),
    Habit("anonymous", 15, (0.2, 360), (0, 60), 0.9, (0, 0), ""),
]


@dataclass(frozen=True)
class Somebody:
    """One made-up person; `since` and `last` are days ago. `known`: the shop learns who it is.

    `misspelt` is an address that they typed wrongly once, or empty; `company` is whom they buy for.
    """

    number: int
    habit: Habit
    country: str
    first_name: str
    last_name: str
    city: str
    email: str
    misspelt: str
    phone: str
    devices: tuple[str, ...]
    since: float
    last: float
    newsletter: bool
    company: Company | None
    title: str

    @property
    def known(self) -> bool:
        return self.habit.name != "anonymous"

    @property
    def user_id(self) -> str:
        return f"K-{10_000 + self.number}"


def random_of(number: int, what: str) -> Random:
    """The chance of one person in one matter: what is drawn for one changes nothing for another."""
    return Random(f"{_SEED}/{number}/{what}")  # noqa: S311  nothing secret: a story that is always the same


def somebody(number: int) -> Somebody:
    """The person with this number, from 0 on."""
    random = random_of(number, "person")
    habit = random.choices(HABITS, [habit.share for habit in HABITS])[0]
    country = ROUND[number % len(ROUND)]
    home = COUNTRIES[country]
    first, last, again = _name(number, country)
    employer = _employer(number, habit, country, random)
    domain = employer.domain if employer else random.choice(_MAIL)
    email = f"{plain(first)}.{plain(last)}{again or ''}@{domain}"
    since = random.uniform(*habit.since)
    return Somebody(
        number=number,
        habit=habit,
        country=country,
        first_name=first,
        last_name=last,
        city=random.choice(home.cities),
        email=email,
        misspelt=_misspelt(email, random) if random.random() < 0.08 else "",
        phone=home.mobile[0] + "".join(random.choices("0123456789", k=home.mobile[1])),
        devices=_devices(habit, random),
        since=since,
        last=_last(habit, since, random),
        newsletter=random.random() < 0.55,
        company=employer,
        title=random.choice(TITLES[country]) if employer else "",
    )


def _name(number: int, country: str) -> tuple[str, str, int]:
    """A first and a last name, and how often the country has run out of them before."""
    home = COUNTRIES[country]
    place = ROUND[: number % len(ROUND)].count(country)
    index = number // len(ROUND) * home.share + place
    pairs = len(home.first_names) * len(home.last_names)
    pair = index * _STRIDE % pairs
    return (
        home.first_names[pair % len(home.first_names)],
        home.last_names[pair // len(home.first_names)],
        index // pairs,
    )


def _employer(number: int, habit: Habit, country: str, random: Random) -> Company | None:
    if habit.name in {"anonymous", "abandoner"} or random.random() > 0.15:
        return None
    # Neighbours by number are colleagues now and then.
    return company(country, number // 40 + random.randint(0, 1))


def _last(habit: Habit, since: float, random: Random) -> float:
    """Some are on the website at this hour: whatever the time, there is something fresh to see."""
    if habit.last[0] == 0 and random.random() < 0.04:
        return random.uniform(0.004, 0.2)
    return min(random.uniform(*habit.last), since * 0.8)


def _devices(habit: Habit, random: Random) -> tuple[str, ...]:
    """A stranger's second device would be a second stranger."""
    count = 1 if habit.name == "anonymous" else random.choice([1, 1, 2, 2, 3])
    return tuple(str(UUID(int=random.getrandbits(128), version=4)) for _ in range(count))


def _misspelt(email: str, random: Random) -> str:
    """Two letters swapped, one left out or one doubled, within the name."""
    at = random.randint(1, email.index("@") - 2)
    swapped = email[:at] + email[at + 1] + email[at] + email[at + 2 :]
    return random.choice([swapped, email[:at] + email[at + 1 :], email[:at] + email[at] + email[at:]])
