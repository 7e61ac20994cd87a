"""Which channel a visit came by: GA4's default channel grouping, and a channel of its own for AI assistants.

The first rule that holds decides. Which site is of which kind stands in data/sites.json, for everybody to edit: names
as they are written in utm_source, hosts with all that is below them, and "google.*" for every country's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from django.utils.translation import gettext, gettext_noop

DATA: Final = Path(__file__).parent / "data"
DIRECT_ORIGIN, NO_MEDIUM = "(direct)", "(none)"


class Channel(StrEnum):
    """The value is what is stored, asked by rules and known to everybody who knows GA4."""

    DIRECT = gettext_noop("Direct")
    CROSS_NETWORK = gettext_noop("Cross-network")
    PAID_SHOPPING = gettext_noop("Paid Shopping")
    PAID_SEARCH = gettext_noop("Paid Search")
    PAID_SOCIAL = gettext_noop("Paid Social")
    PAID_VIDEO = gettext_noop("Paid Video")
    DISPLAY = gettext_noop("Display")
    PAID_OTHER = gettext_noop("Paid Other")
    ASSISTANTS = gettext_noop("AI Assistants")
    ORGANIC_SHOPPING = gettext_noop("Organic Shopping")
    ORGANIC_SOCIAL = gettext_noop("Organic Social")
    ORGANIC_VIDEO = gettext_noop("Organic Video")
    ORGANIC_SEARCH = gettext_noop("Organic Search")
    REFERRAL = gettext_noop("Referral")
    EMAIL = gettext_noop("Email")
    AFFILIATES = gettext_noop("Affiliates")
    AUDIO = gettext_noop("Audio")
    SMS = gettext_noop("SMS")
    PUSH = gettext_noop("Mobile Push Notifications")
    UNASSIGNED = gettext_noop("Unassigned")


class Origin(NamedTuple):
    """What is known of how somebody came, in lower case; `site` is the kind of its source."""

    source: str
    medium: str
    campaign: str
    site: str

    @property
    def paid(self) -> bool:
        """Somebody paid for it."""
        return bool(_PAID.match(self.medium))

    @property
    def about_shopping(self) -> bool:
        """A shopping site, or a campaign that says so."""
        return self.site in {"shopping", "marketplaces"} or bool(_SHOPPING.match(self.campaign))


_PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOPPING = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})

Rule = Callable[[Origin], bool]
_RULES: tuple[tuple[Channel, Rule], ...] = (
    (Channel.DIRECT, lambda o: o.source == DIRECT_ORIGIN and o.medium in {NO_MEDIUM, "(not set)"}),
    (Channel.CROSS_NETWORK, lambda o: "cross-network" in o.campaign),
    (Channel.PAID_SHOPPING, lambda o: o.about_shopping and o.paid),
    # A marketplace shows nobody the way to another shop unless it is paid to.
    (Channel.PAID_SHOPPING, lambda o: o.site == "marketplaces" and not o.medium),
    (Channel.PAID_SEARCH, lambda o: o.site == "search" and o.paid),
    (Channel.PAID_SOCIAL, lambda o: o.site == "social" and o.paid),
    (Channel.PAID_VIDEO, lambda o: o.site == "video" and o.paid),
    (Channel.DISPLAY, lambda o: o.medium in _DISPLAY),
    (Channel.PAID_OTHER, lambda o: o.paid),
    (Channel.ASSISTANTS, lambda o: o.site == "assistants"),
    (Channel.ORGANIC_SHOPPING, lambda o: o.about_shopping),
    (Channel.ORGANIC_SOCIAL, lambda o: o.site == "social" or o.medium in _SOCIAL),
    (Channel.ORGANIC_VIDEO, lambda o: o.site == "video" or "video" in o.medium),
    (Channel.ORGANIC_SEARCH, lambda o: o.site == "search" or o.medium == "organic"),
    (Channel.REFERRAL, lambda o: o.medium in {"referral", "app", "link"}),
    (Channel.EMAIL, lambda o: o.source in _EMAIL or o.medium in _EMAIL),
    (Channel.AFFILIATES, lambda o: o.medium == "affiliate"),
    (Channel.AUDIO, lambda o: o.medium == "audio"),
    (Channel.SMS, lambda o: "sms" in {o.source, o.medium}),
    (Channel.PUSH, lambda o: o.medium.endswith("push") or "mobile" in o.medium or "notification" in o.medium),
    (Channel.PUSH, lambda o: o.source == "firebase"),
)


@lru_cache(maxsize=4_096)
def channel(source: str, medium: str, campaign: str) -> Channel:
    """The channel of a source, a medium and a campaign as they were given."""
    source = source.strip().lower()
    origin = Origin(source, medium.strip().lower(), campaign.strip().lower(), site(source))
    return next((found for found, holds in _RULES if holds(origin)), Channel.UNASSIGNED)


def words(name: str) -> str:
    """A stored channel in the reader's language."""
    return gettext(name) if name else ""


@lru_cache(maxsize=4_096)
def site(source: str) -> str:
    """The kind of a source or host in lower case, by its most telling entry in the list; "" for any other."""
    name = source.removeprefix("www.")
    while True:
        label, _dot, rest = name.partition(".")
        # "google.co.uk" too: at most two labels make a country's domain.
        found = _SITES.get(name) or (_SITES.get(f"{label}.*") if 0 < len(rest) <= _LONGEST_ENDING else None)
        if found is not None or "." not in rest:
            return "" if found in {None, "none"} else str(found)
        name = rest


def _sites() -> dict[str, str]:
    lists: dict[str, list[str]] = json.loads((DATA / "sites.json").read_text())
    return {name: kind for kind, names in lists.items() for name in names}


_SITES: Final = _sites()
# "co.uk", "com.au", "com": what stands for the star of "google.*".
_LONGEST_ENDING: Final = 6
