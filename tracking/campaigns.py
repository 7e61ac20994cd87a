"""What brought somebody: the campaign in the address or in the message, a click id, or the page they came from."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

from tracking.channels import DATA, DIRECT_ORIGIN, NO_MEDIUM, site

# Longer ones are somebody's mistake; reports could not show them.
LONGEST: Final = 200
NOT_SET: Final = "(not set)"
# Parameter -> the source and the medium that it speaks of when nobody says them.
_CLICKS: Final[dict[str, list[str]]] = json.loads((DATA / "clicks.json").read_text())
_TELLING = re.compile("utm_|" + "|".join(map(re.escape, _CLICKS)), re.IGNORECASE)
_TAGS: Final = ("source", "medium", "campaign", "term", "content")


class Brought(NamedTuple):
    """How somebody came. `click_id` is the kind of click; `arrival` tells campaigns and clicks apart, "": none."""

    origin: str
    medium: str
    campaign: str = ""
    term: str = ""
    content: str = ""
    click_id: str = ""
    referrer: str = ""
    arrival: str = ""


def telling(url: str) -> str:
    """The query of an address where it may name a campaign, else "": most do not."""
    query = url.partition("?")[2].partition("#")[0]
    return query if query and _TELLING.search(query) else ""


def host(url: str) -> str:
    """The host of an address, in lower case and without "www."; "" when there is none."""
    rest = url.partition("://")[2]
    name = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2].partition(":")[0]
    return name.lower().removeprefix("www.")[:LONGEST]


def outside(referrer: str, own: str) -> str:
    """The host of a referrer when that is another site than `own`, the host of the page; else ""."""
    found = host(referrer)
    if not (found and own):
        return found
    return "" if found == own or found.endswith("." + own) or own.endswith("." + found) else found


def brought(query: str, said: Mapping[str, Any], referrer: str) -> Brought:
    """From the query of the page, what the message says of the campaign (Segment's context.campaign), a host."""
    parameters = {name.lower(): value for name, value in parse_qsl(query) if len(name) < LONGEST}
    named = {**said, "campaign": said.get("campaign") or said.get("name")}
    tags = {tag: _clean(parameters.get(f"utm_{tag}") or named.get(tag)) for tag in _TAGS}
    kind = next((name for name in _CLICKS if parameters.get(name)), "")
    tagged = any(tags.values())
    if not (tagged or kind):
        return _from(referrer)
    source, medium = tags["source"], tags["medium"]
    if kind and not source:
        source, medium = _CLICKS[kind][0], medium or _CLICKS[kind][1]
    return Brought(
        origin=source or referrer or NOT_SET,
        medium=medium,
        campaign=tags["campaign"],
        term=tags["term"],
        content=tags["content"],
        click_id=kind,
        referrer=referrer,
        arrival="\x1f".join([*tags.values(), kind, parameters.get(kind, "")]),
    )


def _from(referrer: str) -> Brought:
    if not referrer:
        return Brought(DIRECT_ORIGIN, NO_MEDIUM)
    return Brought(referrer, "organic" if site(referrer) == "search" else "referral", referrer=referrer)


def _clean(value: Any) -> str:
    return " ".join(value.replace("\x00", "").split())[:LONGEST] if isinstance(value, str) else ""
