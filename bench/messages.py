"""What a shop's website sends, as the bodies of requests: pages and products seen, orders, and who somebody is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

import msgspec

_TRACKS = ["Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Order Completed"]
_CATEGORIES = ["shoes", "jackets", "tents", "bags", "electronics"]
# One in so many says who somebody is.
_IDENTIFY = 20


def bodies(total: int, batch: int, people: int, random: Random) -> list[bytes]:
    """So many new messages of so many people, `batch` to a body."""
    now = datetime.now(UTC)
    said = (_message(random.randrange(people), now - timedelta(milliseconds=total - at), random) for at in range(total))
    return [msgspec.json.encode({"batch": some, "sentAt": now.isoformat()}) for some in _some(said, batch)]


def events(body: bytes) -> int:
    """How many of its messages are events."""
    return sum(message["type"] != "identify" for message in msgspec.json.decode(body)["batch"])


def _some(said: Iterator[dict[str, Any]], batch: int) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(said, batch)):
        yield some


def _message(person: int, at: datetime, random: Random) -> dict[str, Any]:
    url = f"https://shop.example/{random.choice(_CATEGORIES)}/{random.randrange(9000)}"
    common = {
        "messageId": str(UUID(int=random.getrandbits(128))),
        "anonymousId": f"device-{person}",
        "timestamp": at.isoformat(),
        "context": {
            "page": {"url": url, "path": url[20:], "title": "Kith Outdoor", "referrer": "https://search.example/"},
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari",
            "library": {"name": "analytics.js", "version": "2.11.1"},
            "locale": "fr-FR",
        },
    }
    # Every other person is logged in.
    if person % 2:
        common["userId"] = f"person-{person}"
    kind = random.randrange(_IDENTIFY)
    if not kind:
        traits = {"email": f"person{person}@shop.example", "country": random.choice(["FR", "DE", "IT"]), "age": 40}
        return {**common, "type": "identify", "traits": traits}
    if kind % 5 < 3:
        return {**common, "type": "page", "properties": {"url": url, "path": url[20:]}}
    properties = {
        "category": random.choice(_CATEGORIES),
        "product_id": f"P{random.randrange(5000)}",
        "price": random.randrange(20000) / 100,
        "currency": "EUR",
        "quantity": 1,
    }
    return {**common, "type": "track", "event": random.choice(_TRACKS), "properties": properties}
