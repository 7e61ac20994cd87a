"""Who is in the CRM when a test begins."""

from __future__ import annotations

from typing import Any

_NORA, _TOM = "nora@kith-outdoor.example", "tom@kith-outdoor.example"


def _contact(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}@example.com".lower(),
        "country": "FR",
        "owner": _NORA,
        **more,
    }


SHARE: dict[str, Any] = {
    "company": "Kith Outdoor",
    "org": {"default_currency": "EUR", "default_country": "FR", "timezone": "Europe/Paris"},
    "owners": [{"email": _NORA, "name": "Nora Lind"}, {"email": _TOM, "name": "Tom Berg"}],
    "accounts": [
        {"name": "Club Alpin Grenoble", "industry": "SPORTS", "city": "Grenoble", "country": "FR", "owner": _NORA},
        {"name": "Lakeland Guides Ltd", "industry": "SERVICE", "city": "Keswick", "country": "GB", "owner": _TOM},
    ],
    "contacts": [
        _contact("Clara", "Dubois", city="Grenoble", account="Club Alpin Grenoble", title="Achats"),
        _contact("Hugo", "Martin", city="Lyon", account="Club Alpin Grenoble"),
        _contact("Emily", "Wright", city="Keswick", country="GB", account="Lakeland Guides Ltd", owner=_TOM),
        _contact("Jonas", "Weber", city="Kempten", country="DE", phone="+4915112345678"),
        _contact("Marie", "Laurent", city="Annecy"),
    ],
    "leads": [
        _contact("Paul", "Klein", title="Tents for a school", status="assigned", rating="HOT", country="DE"),
        _contact("Alice", "Murray", title="Ropes", status="closed", rating="COLD", country="GB"),
    ],
    "deals": [
        {
            "name": "Ropes for the season",
            "account": "Club Alpin Grenoble",
            "contact": "clara.dubois@example.com",
            "stage": "PROPOSAL",
            "amount": "1200.00",
            "currency": "EUR",
            "probability": 50,
            "closed_on": "2027-03-01",
            "owner": _NORA,
        },
        {
            "name": "Course equipment",
            "account": "Lakeland Guides Ltd",
            "contact": "emily.wright@example.com",
            "stage": "CLOSED_WON",
            "amount": "880.50",
            "currency": "EUR",
            "probability": 100,
            "closed_on": "2026-05-01",
            "owner": _TOM,
        },
    ],
}
