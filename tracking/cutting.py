"""Where a visit ends and the next begins: the policy, and the cutting of what somebody did into visits.

Knows no database. Cutting goes forward and looks back at one thing only, the visit that may go on: what happened
until then can be added to visits that were cut before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from profiles import derived
from profiles.revenue import EARNS
from tracking.contexts import UNKNOWN, Facts
from tracking.models import Visit

GAP: Final = timedelta(minutes=30)
ORDER: Final = EARNS[0]
_LONGEST_PAGE: Final = 500
# Seconds: every zone has its midnights on a quarter of an hour of UTC.
_QUARTER: Final = 900
PAGES: Final = ("Page Viewed", "Screen Viewed")


@dataclass(frozen=True, slots=True)
class Policy:
    """When a visit ends. `midnight` is the zone whose midnights end visits; None: none does."""

    gap: timedelta = GAP
    midnight: tzinfo | None = None
    campaigns: bool = True

    def why(self, before: Before | None, at: datetime, arrival: int) -> str:
        """Why something that happened at a time begins a visit, or "" when it belongs to the one before."""
        if before is None:
            return Visit.Why.FIRST
        if at - before.at > self.gap:
            return Visit.Why.INACTIVITY
        if self.midnight and _day(_quarter(at), self.midnight) != _day(_quarter(before.at), self.midnight):
            return Visit.Why.MIDNIGHT
        if self.campaigns and arrival and arrival != before.arrival:
            return Visit.Why.CAMPAIGN
        return ""


class Before(NamedTuple):
    """A visit so far: its last activity, and the campaign or click that brought it (0: none)."""

    at: datetime
    arrival: int


class Hit(NamedTuple):
    """An event of a browser; hits compare in the order in which they happened. `page`: the page that was opened."""

    at: datetime
    id: UUID
    name: str
    page: str = ""
    value: int | None = None
    facts: Facts = UNKNOWN


@dataclass(slots=True)
class Stay:
    """A visit as it is cut, or what is to be added to one. `value` is the money of its orders."""

    why: str
    first: Hit
    last: Hit
    pages: int = 0
    events: int = 0
    landing_page: str = ""
    exit_page: str = ""
    value: int = 0
    converted: bool = False

    @property
    def id(self) -> UUID:
        """The same as long as its first event is the same."""
        return derived.key("visit", self.first.id)

    def add(self, hit: Hit) -> None:
        """It goes on."""
        self.last = hit
        self.events += 1
        if hit.name in PAGES:
            self.pages += 1
            self.landing_page = self.landing_page or hit.page
            self.exit_page = hit.page or self.exit_page
        elif hit.name in EARNS:
            self.value += hit.value or 0
            self.converted = self.converted or hit.name == ORDER


def cut(hits: Iterable[Hit], policy: Policy, before: Before | None = None) -> list[Stay]:
    """The visits that these make, given in their order. The first has no `why` when it goes on from `before`."""
    stays: list[Stay] = []
    arrival = before.arrival if before else 0
    for hit in hits:
        why = policy.why(before, hit.at, hit.facts.arrival)
        if why:
            arrival = hit.facts.arrival
        if why or not stays:
            stays.append(Stay(why, hit, hit))
        stays[-1].add(hit)
        before = Before(hit.at, arrival)
    return stays


def _quarter(at: datetime) -> int:
    return int(at.timestamp()) // _QUARTER


@lru_cache(maxsize=1 << 14)
def _day(quarter: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(quarter * _QUARTER, zone).date()


def page(properties: Mapping[str, Any]) -> str:
    """Which page an event was about: its path, else that of its address, else its name; "" when it does not say."""
    path = properties.get("path")
    if not (path and isinstance(path, str)):
        url = properties.get("url")
        if url and isinstance(url, str):
            path = "/" + url.partition("://")[2].partition("?")[0].partition("#")[0].partition("/")[2]
        else:
            path = properties.get("name")
    return path[:_LONGEST_PAGE] if isinstance(path, str) else ""
