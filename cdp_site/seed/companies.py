"""The companies that some of the made-up people buy for: guides, schools, clubs, shops."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from cdp_site.seed.countries import COUNTRIES


@dataclass(frozen=True)
class Company:
    """An account: `key` is its groupId, `plan` its terms at the shop."""

    key: str
    name: str
    industry: str
    city: str
    country: str
    employees: int
    plan: str

    @property
    def domain(self) -> str:
        return f"{self.key}.example"


# Kinds by country: the name around its city, the trade, how many work there, the terms.
_KINDS = {
    "FR": (
        ("Club Alpin {city}", "sports club", 8, "club"),
        ("Bureau des Guides de {city}", "mountain guides", 14, "business"),
        ("Refuges de {city}", "hospitality", 22, "business"),
        ("Lycée du Parc {city}", "education", 85, "school"),
        ("Atelier Nomade {city}", "retail", 6, "reseller"),
    ),
    "DE": (
        ("Bergfreunde {city} e.V.", "sports club", 12, "club"),
        ("Alpinschule {city}", "mountain guides", 18, "business"),
        ("Outdoor Werk {city} GmbH", "retail", 31, "reseller"),
        ("Waldkindergarten {city}", "education", 9, "school"),
    ),
    "GB": (
        ("{city} Guides Ltd", "mountain guides", 11, "business"),
        ("{city} Hill Walkers", "sports club", 5, "club"),
        ("{city} Outdoor Centre", "education", 40, "school"),
        ("Fell & Crag {city}", "retail", 16, "reseller"),
    ),
}

TITLES = {
    "FR": ("Direction", "Achats", "Guide de haute montagne", "Trésorerie", "Responsable des sorties"),
    "DE": ("Geschäftsführung", "Einkauf", "Bergführung", "Vereinskasse", "Ausbildungsleitung"),
    "GB": ("Owner", "Head of purchasing", "Mountain guide", "Treasurer", "Expedition lead"),
}


def company(country: str, number: int) -> Company:
    """The `number`-th company of a country; after the last city and kind the first one comes again."""
    kinds, cities = _KINDS[country], COUNTRIES[country].cities
    pattern, industry, employees, plan = kinds[number % len(kinds)]
    city = cities[number % len(cities)]
    name = pattern.format(city=city)
    key = re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-")
    return Company(key, name, industry, city, country, employees + number % 7, plan)


def plain(name: str) -> str:
    """ü becomes ue, é becomes e, in lower case: as people write their addresses."""
    german = name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae").replace("ß", "ss").replace("ı", "i")
    return unicodedata.normalize("NFKD", german).encode("ascii", "ignore").decode()
