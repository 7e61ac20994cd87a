"""What tests of visits begin with: people who come to a site, in a few words, through decoding and applying."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from profiles.derived import key as event_key
from profiles.messages import SourceFacts
from profiles.models import Event, Identifier, Source
from tracking import apply
from tracking.agents import read
from tracking.channels import channel
from tracking.decode import Accepted, Received, decode
from tracking.models import Context, Purchase, Visit

SITE = "https://shop.example"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/26.0 Mobile/15E148 Safari/604.1"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
ZONE = ZoneInfo(settings.TIME_ZONE)
# Ten in the morning in Paris.
MORNING = datetime(2026, 6, 15, 8, tzinfo=UTC)
_numbers = itertools.count()


def source(name: str = "Site", kind: str = "browser") -> SourceFacts:
    """A source, made on first mention."""
    row, _new = Source.objects.get_or_create(name=name, defaults={"kind": kind})
    return SourceFacts(row.pk, row.kind, row.country, row.precedence)


def seen(
    path: str = "/",
    at: float | datetime = 0,
    *,
    who: str = "device-1",
    by: SourceFacts | None = None,
    event: str = "",
    query: str = "",
    referrer: str = "",
    agent: str = CHROME,
    properties: dict[str, Any] | None = None,
    user: str = "",
    key: str = "",
    **context: Any,
) -> Received:
    """A page opened, or an `event` there; `at` is a time, or minutes after MORNING."""
    when = at if isinstance(at, datetime) else MORNING + timedelta(minutes=at)
    page = {"url": f"{SITE}{path}{query and '?'}{query}", "path": path, "referrer": referrer}
    said = {
        "type": "track" if event else "page",
        "event": event or None,
        "anonymousId": who,
        **({"userId": user} if user else {}),
        "messageId": key or f"m{next(_numbers)}",
        "timestamp": when.isoformat(),
        "properties": properties or {},
        "context": {"page": page, "userAgent": agent, **context},
    }
    body = json.dumps({"batch": [said]}).encode()
    decoded, refused = decode(Accepted(by or source(), "batch", when + timedelta(days=30), body))
    assert not refused
    return decoded[0]


def known(who: str, email: str, at: float = 0) -> Received:
    """A server says which address a device belongs to."""
    when = MORNING + timedelta(minutes=at)
    said = {
        "type": "identify", "anonymousId": who, "traits": {"email": email}, "timestamp": when.isoformat(),
        "messageId": f"i{next(_numbers)}",
    }  # fmt: skip
    body = json.dumps({"batch": [said]}).encode()
    (message,), _refused = decode(Accepted(source("Backend", "server"), "batch", when + timedelta(days=30), body))
    return message


def happens(*messages: Received) -> None:
    """Apply these in one batch."""
    assert not apply.store(messages)


def visits(who: str = "device-1", *, bot: bool = False) -> list[Visit]:
    """The visits of whose device this is, in order."""
    owner = Identifier.objects.get(type="anonymous_id", value=who).profile_id
    return list(Visit.objects.filter(profile_id=owner, bot=bot).order_by("started_at"))


def everything() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every visit and every event that says so, in order."""
    order = ("profile_id", "started_at", "event_id")
    rows = list(Visit.objects.order_by(*order).values())
    told = Event.objects.filter(name__name="Visit Started").order_by("profile_id", "occurred_at", "message_id")
    return rows, list(told.values("profile_id", "occurred_at", "message_id", "properties"))


def expected() -> list[tuple[Any, ...]]:
    """The visits that all stored events make, cut naively: compare with `found`."""
    contexts = Context.objects.in_bulk()
    streams: dict[Any, list[Any]] = defaultdict(list)
    for event in Event.objects.filter(source__kind="browser").select_related("name"):
        circumstances = contexts[event.context_id]
        bot = read(circumstances.user_agent).bot
        streams[event.profile_id, event.source_id, bot].append((event.occurred_at, event.message_id, event))
    cut: list[dict[str, Any]] = []
    for (profile_id, source_id, bot), happened in streams.items():
        current: dict[str, Any] | None = None
        for at, _id, event in sorted(happened, key=lambda each: each[:2]):
            circumstances = contexts[event.context_id]
            why = _why(current, at, circumstances.arrival)
            if why:
                current = {
                    "person": profile_id, "source": source_id, "bot": bot, "started": at, "why": why, "pages": [],
                    "events": 0, "value": 0, "orders": 0, "arrival": circumstances.arrival, "ids": [],
                    "channel": channel(circumstances.origin, circumstances.medium, circumstances.campaign),
                }  # fmt: skip
                cut.append(current)
            assert current
            current["ended"], current["events"] = at, current["events"] + 1
            current["ids"].append(event.message_id)
            if event.name.name == "Page Viewed":
                current["pages"].append(event.properties["path"])
            if event.name.name in {"Order Completed", "Order Refunded"}:
                current["value"] += event.value or 0
                current["orders"] += event.name.name == "Order Completed"
    _credit(cut)
    counts: dict[int, int] = defaultdict(int)
    for visit in sorted(cut, key=_order):
        counts[visit["person"]] += not visit["bot"]
        visit["number"] = 0 if visit["bot"] else counts[visit["person"]]
    return sorted(
        (
            *(visit["person"], visit["started"], visit["source"], visit["bot"], visit["ended"], visit["why"]),
            *(visit["events"], len(visit["pages"]), (visit["pages"] or [""])[0], (visit["pages"] or [""])[-1]),
            *(visit["value"], bool(visit["orders"]), str(visit["channel"]), visit["number"], visit["arrival"]),
        )
        for visit in cut
    )


def found() -> list[tuple[Any, ...]]:
    """The visits that are kept, in the form of `expected`."""
    return sorted(
        Visit.objects.values_list(
            "profile_id", "started_at", "source_id", "bot", "ended_at", "why", "events", "pages", "landing_page",
            "exit_page", "value", "converted", "channel", "number", "arrival",
        )
    )  # fmt: skip


def _why(current: dict[str, Any] | None, at: datetime, arrival: int) -> str:
    if current is None:
        return "first"
    if at > current["ended"] + timedelta(minutes=30):
        return "inactivity"
    if _day(at) != _day(current["ended"]):
        return "midnight"
    return "campaign" if arrival and arrival != current["arrival"] else ""


def _credit(cut: list[dict[str, Any]]) -> None:
    """Orders told by a server count for the last visit begun by then, if it was hardly over."""
    for purchase in Purchase.objects.all():
        begun = [
            visit
            for visit in cut
            if visit["person"] == purchase.profile_id and not visit["bot"] and visit["started"] <= purchase.at
        ]
        visit = max(begun, key=_order, default=None)
        if (
            visit
            and purchase.at <= visit["ended"] + timedelta(minutes=30)
            and _day(visit["ended"]) == _day(purchase.at)
        ):
            visit["value"] += purchase.value
            visit["orders"] += purchase.order


def _order(visit: dict[str, Any]) -> tuple[datetime, UUID]:
    return visit["started"], event_key("visit", visit["ids"][0])


def _day(at: datetime) -> date:
    return at.astimezone(ZONE).date()
