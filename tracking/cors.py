"""Which website may call us from a visitor's browser, said in the headers that browsers ask for."""

from __future__ import annotations

import re
from collections.abc import Collection

_HEADERS = ("authorization", "content-type", "anonymousid", "sentat", "x-retry-count")
# RudderStack's SDK sends more headers under this prefix; browsers know no wildcard within a name.
_RUDDERSTACK = re.compile(r"rsa-[a-z0-9-]{1,60}")
_MOST_HEADERS = 30


def allowed(origin: str, allow_list: Collection[str]) -> bool:
    """May a page of this origin use the key? Whoever is no browser sends none; an empty list allows any."""
    return not origin or not allow_list or origin.rstrip("/").lower() in allow_list


def headers(origin: str) -> dict[str, str]:
    """What goes into every answer: the origin echoed, and that caches must tell origins apart."""
    if not _printable(origin):
        return {"Vary": "Origin"}
    return {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
    }


def preflight(origin: str, requested_headers: str, methods: tuple[str, ...]) -> dict[str, str]:
    """What a browser wants to hear before it sends; `requested_headers` as it listed them."""
    asked = [name.strip().lower() for name in requested_headers[:4_000].split(",")][:_MOST_HEADERS]
    ours = [name for name in asked if _RUDDERSTACK.fullmatch(name)]
    return {
        **headers(origin),
        "Access-Control-Allow-Methods": ", ".join((*methods, "OPTIONS")),
        "Access-Control-Allow-Headers": ", ".join((*_HEADERS, *dict.fromkeys(ours))),
        "Access-Control-Max-Age": "86400",
    }


def _printable(origin: str) -> bool:
    return bool(origin) and len(origin) <= 300 and origin.isascii() and origin.isprintable()
