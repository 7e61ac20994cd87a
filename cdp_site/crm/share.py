"""Who is in the CRM: its sales people, and the demo shop's companies and buyers in the CRM's own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

COMPANY = "Kith Outdoor"
_ORG = {"default_currency": "EUR", "default_country": "FR", "timezone": "Europe/Paris"}
# Who sells where: by country two, so that everybody has colleagues.
_OWNERS = {
    "FR": ("Camille Renard", "Hugo Castel"),
    "DE": ("Jonas Brandl", "Mia Kessler"),
    "GB": ("Fiona Ashdown", "Ewan Pryce"),
}
_INDUSTRIES = {
    "education": "EDUCATION",
    "sports club": "SPORTS",
    "mountain guides": "SERVICE",
    "retail": "APPAREL & ACCESSORIES",
    "hospitality": "ENTERTAINMENT & LEISURE",
}
_STAGES = {
    "qualification": "QUALIFICATION",
    "proposal": "PROPOSAL",
    "negotiation": "NEGOTIATION",
    "won": "CLOSED_WON",
    "lost": "CLOSED_LOST",
}
_SOURCES = ("web form", "referral", "email", "call", "walk-in")
# Of a lead: what they want to talk about, and how warm it is, by the stage of their deal.
_RATINGS = {"negotiation": "HOT", "proposal": "WARM"}


def share(people: Sequence[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """What kith_prepare.py puts into the CRM, from seed.crm.crm_share(): keys are the CRM's field names."""
    contacts = [one for one in people if one["kind"] == "contact"]
    leads = [one for one in people if one["kind"] == "lead"]
    return {
        "company": COMPANY,
        "org": _ORG,
        "owners": [{"name": name, "email": _mail(name)} for names in _OWNERS.values() for name in names],
        "accounts": list({one["company"]: _account(one) for one in reversed(people) if one["company"]}.values()),
        "contacts": [_contact(one, place, now) for place, one in enumerate(contacts)],
        "leads": [_lead(one, place, now) for place, one in enumerate(leads)],
        "deals": [_deal(one, facts, now) for one in contacts for facts in one["deals"]],
    }


def _mail(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@kith-outdoor.example"


def _owner(one: dict[str, Any]) -> str:
    """A company has one owner, whoever of it writes; people on their own are shared out by name."""
    names = _OWNERS.get(one["country"], _OWNERS["GB"])
    return _mail(names[sum(map(ord, one["company"] or one["last_name"])) % len(names)])


def _account(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": one["company"],
        "industry": _INDUSTRIES.get(one["industry"]),
        "number_of_employees": one["employees"],
        "currency": "EUR",
        "city": one["city"],
        "country": one["country"],
        "owner": _owner(one),
    }


def _person(one: dict[str, Any], place: int, now: datetime) -> dict[str, Any]:
    return {
        "first_name": one["first_name"],
        "last_name": one["last_name"],
        "email": one["email"],
        "phone": one["phone"] or None,
        # Where somebody lives who buys for a company, the CRM does not know: it is the company that has an address.
        "city": None if one["company"] else one["city"],
        "country": one["country"],
        "source": _SOURCES[place % len(_SOURCES)],
        "owner": _owner(one),
        # Entered over the last year, the first of the list last.
        "created_at": (now - timedelta(days=3 + place * 37 % 340, minutes=place)).isoformat(),
    }


def _contact(one: dict[str, Any], place: int, now: datetime) -> dict[str, Any]:
    employer = {"account": one["company"], "organization": one["company"]} if one["company"] else {}
    return {**_person(one, place, now), "title": one["title"] or None, **employer}


def _lead(one: dict[str, Any], place: int, now: datetime) -> dict[str, Any]:
    wish = one["deals"][0] if one["deals"] else None
    facts = {
        **_person(one, place, now),
        "title": wish["name"] if wish else f"Enquiry of {one['first_name']} {one['last_name']}",
        "company_name": one["company"] or None,
        "job_title": one["title"] or None,
        "industry": _INDUSTRIES.get(one["industry"]),
        "status": "in process" if wish else "assigned",
        "rating": _RATINGS.get(wish["stage"], "COLD") if wish else "COLD",
    }
    if wish:
        closes = now.date() + timedelta(days=wish["closes_in_days"])
        facts |= {
            "opportunity_amount": str(wish["amount"]),
            "currency": "EUR",
            "probability": wish["probability"],
            "close_date": closes.isoformat(),
        }
    return facts


def _deal(one: dict[str, Any], facts: dict[str, Any], now: datetime) -> dict[str, Any]:
    closes = now + timedelta(days=facts["closes_in_days"])
    # It came into its stage when it was closed; one that is open, some days ago.
    moved = min(closes, now - timedelta(days=1 + facts["amount"] % 25))
    return {
        "name": facts["name"],
        "account": one["company"],
        "contact": one["email"],
        "stage": _STAGES[facts["stage"]],
        "amount": str(facts["amount"]),
        "currency": "EUR",
        "probability": facts["probability"],
        "closed_on": closes.date().isoformat(),
        "stage_changed_at": moved.isoformat(),
        "created_at": (moved - timedelta(days=20 + facts["amount"] % 40)).isoformat(),
        "owner": _owner(one),
    }
