"""What a user agent says: browser, system, kind of device, and whether it is a program's.

Programs are told by data/bots.txt and data/people.txt, for everybody to edit: one regular expression a line. A visit
keeps what was read when it was computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from ua_parser import parse

from tracking.channels import DATA

_UNKNOWN: Final = frozenset({"Other", "Generic Smartphone"})


class Agent(NamedTuple):
    """`device` is "desktop", "mobile", "tablet", "tv", or "" where it is not known; names have no versions."""

    browser: str = ""
    os: str = ""
    device: str = ""
    bot: bool = False


@lru_cache(maxsize=1 << 14)
def read(user_agent: str) -> Agent:
    """From the header as it was sent. Without one nothing is known, and nobody is called a program."""
    if not user_agent:
        return Agent()
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    return Agent(
        "" if browser in _UNKNOWN else browser.removeprefix("Mobile ").partition(" Mobile")[0],
        "" if system in _UNKNOWN else system,
        _device(user_agent),
        _matches(_BOTS, user_agent) and not _matches(_PEOPLE, user_agent),
    )


def _device(user_agent: str) -> str:
    return next((device for device, pattern in _DEVICES if pattern.search(user_agent)), "")


def _matches(patterns: Iterable[re.Pattern[str]], user_agent: str) -> bool:
    return any(pattern.search(user_agent) for pattern in patterns)


def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    lines = (DATA / name).read_text().splitlines()
    return tuple(re.compile(line, re.IGNORECASE) for line in lines if line and not line.startswith("#"))


_BOTS: Final = _patterns("bots.txt")
_PEOPLE: Final = _patterns("people.txt")
# The first that matches. An Android without "Mobile" is a tablet, as its makers ask browsers to say it.
_DEVICES: Final = tuple(
    (device, re.compile(pattern, re.IGNORECASE))
    for device, pattern in (
        (
            "tv",
            r"smart-?tv|(?:google|apple) ?tv|hbbtv|netcast|web0s|\btizen.*tv\b|roku|\baft[a-z]\w*\b|playstation|xbox",
        ),
        ("tablet", r"ipad|tablet|kindle|silk/|playbook|nexus (?:7|9|10)\b"),
        ("mobile", r"mobi|iphone|ipod|windows phone|blackberry|opera mini|symbian|\bwv\)"),
        ("tablet", r"android"),
        ("desktop", r"windows|macintosh|mac os x|x11|linux|cros\b"),
    )
)
