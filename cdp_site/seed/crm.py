"""The share of the made-up people whom the company's CRM knows, too: buyers for companies, and some good customers."""

from __future__ import annotations

from random import Random
from typing import Any

from cdp_site.seed.companies import Company
from cdp_site.seed.people import PEOPLE, Somebody, random_of, somebody

_OPEN = (("qualification", 20), ("proposal", 50), ("negotiation", 75))


def crm_share(people: int = PEOPLE) -> list[dict[str, Any]]:
    """Whom the CRM of a shop of this many people knows, in the order of their numbers; always the same.

    Each has `kind` ("contact" or "lead"), `user_id`, `first_name`, `last_name`, `email`, `phone` (E.164), `company`
    (empty for who buys for themselves), `industry`, `employees`, `title`, `city`, `country` (two letters) and `deals`:
    a list of `name`, `stage` (qualification, proposal, negotiation, won or lost), `amount` in whole euros,
    `probability` in percent and `closes_in_days` (below zero: that long ago).
    """
    return [_entry(who) for who in map(somebody, range(people)) if _is_known(who)]


def _is_known(who: Somebody) -> bool:
    if who.company:
        return True
    return who.habit.name == "vip" and random_of(who.number, "crm").random() < 0.3


def _entry(who: Somebody) -> dict[str, Any]:
    random = random_of(who.number, "deals")
    employer = who.company
    return {
        "kind": "contact" if who.habit.stage in {"customer", "vip"} else "lead",
        "user_id": who.user_id,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.email,
        "phone": who.phone,
        "company": employer.name if employer else "",
        "industry": employer.industry if employer else "",
        "employees": employer.employees if employer else 0,
        "title": who.title,
        "city": employer.city if employer else who.city,
        "country": who.country,
        "deals": [_deal(who, employer, random) for _ in range(random.choice([0, 1, 1, 2]))] if employer else [],
    }


def _deal(who: Somebody, employer: Company, random: Random) -> dict[str, Any]:
    amount = 50 * random.randint(12, 40 + 4 * employer.employees)
    what = random.choice(
        ["Tents for the season", "Boots for the team", "Rental fleet", "Course equipment", "Shop order"]
    )
    facts = {"name": f"{what} – {employer.name}", "amount": amount}
    if who.habit.stage != "lead" and random.random() < 0.55:
        won = random.random() < 0.65
        days = -random.randint(5, 200)
        return {**facts, "stage": "won" if won else "lost", "probability": 100 if won else 0, "closes_in_days": days}
    stage, probability = random.choice(_OPEN)
    return {**facts, "stage": stage, "probability": probability, "closes_in_days": random.randint(4, 90)}
