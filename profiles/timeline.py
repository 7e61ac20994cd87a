"""What a person did, newest first, page by page by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest
from django.utils import timezone

from profiles import wording
from profiles.models import Event, EventType, Profile

PAGE = 40


@dataclass(frozen=True)
class Happening:
    """An event as a line: `title` says what, `detail` about what, `properties` everything."""

    at: datetime
    icon: str
    title: str
    detail: str
    value: int | None
    source: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Slice:
    """Some of the timeline; `before` is the cursor of what comes next, "" at the end."""

    happenings: Sequence[Happening]
    before: str


@dataclass(frozen=True)
class Kind:
    """A kind of event that this person has, and how many."""

    id: int
    name: str
    events: int
    chosen: bool


def context(person: Profile, request: HttpRequest) -> dict[str, Any]:
    """For the panel: a slice, and the kinds to choose from."""
    chosen = _number(request.GET.get("kind", ""))
    return {
        "slice": events(person.pk, kind=chosen, before=request.GET.get("before", "")),
        "kinds": kinds(person.pk, chosen),
        "chosen": chosen,
        "continued": bool(_place(request.GET.get("before", ""))),
    }


def events(profile_id: int, *, kind: int | None = None, before: str = "", size: int = PAGE) -> Slice:
    """The events before a cursor (or from now on back), in one query along the primary key."""
    found = Event.objects.filter(profile_id=profile_id).select_related("name", "source")
    if kind is not None:
        found = found.filter(name_id=kind)
    place = _place(before)
    if place:
        at, message_id = place
        found = found.filter(occurred_at__lte=at).exclude(occurred_at=at, message_id__gte=message_id)
    rows = list(found.order_by("-occurred_at", "-message_id")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Slice([_happening(row) for row in rows], _cursor(rows[-1]) if more else "")


def kinds(profile_id: int, chosen: int | None = None) -> list[Kind]:
    """The kinds of event this person has, the most frequent first."""
    counts = Event.objects.filter(profile_id=profile_id).values("name_id").annotate(events=Count("message_id"))
    events_by_kind = {row["name_id"]: row["events"] for row in counts}
    names = EventType.objects.in_bulk(list(events_by_kind))
    listed = [Kind(key, names[key].name, count, key == chosen) for key, count in events_by_kind.items() if key in names]
    return sorted(listed, key=lambda kind: (-kind.events, kind.name))


def _happening(event: Event) -> Happening:
    icon, title, detail = wording.describe(event.name.name, event.properties)
    return Happening(
        at=timezone.localtime(event.occurred_at),
        icon=icon,
        title=title,
        detail=detail,
        value=event.value,
        source=event.source.name,
        properties=event.properties,
    )


def _cursor(event: Event) -> str:
    return f"{event.occurred_at.isoformat()}~{event.message_id}"


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    """The place that a cursor names; a cursor that somebody made up is the start."""
    moment, _separator, message_id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at, UUID(message_id)) if at.tzinfo else None
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 6 else None
