"""The home page: how many, how fresh, what needs attention. Each figure leads to its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cdp_site.health import WORKER
from profiles import directory
from profiles.locks import is_held
from profiles.models import Event, Source
from segments.models import Segment
from tracking.models import Inbox, Overflow, Quarantine

SEGMENTS = 12
# What is accepted should be applied within seconds; after a minute something is wrong.
LATE_SECONDS = 60


def overview() -> dict[str, Any]:
    """For the template: a fixed number of queries, whatever the number of people and segments."""
    people = directory.estimate()
    segments = list(Segment.objects.order_by("-size", "name")[:SEGMENTS])
    return {
        "people": people,
        "people_estimated": people > directory.COUNTED,
        "events_today": _events_since(timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)),
        "quarantined": Quarantine.objects.filter(replayed_at__isnull=True).count(),
        "overflowed": Overflow.objects.aggregate(total=Sum("messages"))["total"] or 0,
        "segments": segments,
        "segment_count": Segment.objects.count() if len(segments) == SEGMENTS else len(segments),
        "broken": sum(segment.state == Segment.State.BROKEN for segment in segments),
        "steps": _first_steps(people, bool(segments)),
        **_worker(),
    }


def _events_since(moment: datetime) -> int:
    return Event.objects.filter(occurred_at__gte=moment, occurred_at__lte=timezone.now()).count()


def _worker() -> dict[str, Any]:
    """Whether what comes in is applied, and how far behind that is."""
    oldest = Inbox.objects.order_by("pk").values_list("received_at", flat=True).first()
    waiting = (timezone.now() - oldest).total_seconds() if oldest else 0
    return {
        "worker_alive": is_held(WORKER),
        "backlog": Inbox.objects.values("pk")[: directory.COUNTED].count() if oldest else 0,
        "oldest": oldest,
        "late": waiting > LATE_SECONDS,
    }


def _first_steps(people: int, segments: bool) -> list[dict[str, Any]]:
    """What to do first, as long as something of it is left to do."""
    sources = Source.objects.exists()
    if sources and people and segments:
        return []
    return [
        {
            "done": sources,
            "title": _("Connect a source"),
            "text": _("A website, an app or a server: each has a key of its own."),
            "link": reverse("admin:profiles_source_add"),
            "action": _("Add a source"),
        },
        {
            "done": people > 0,
            "title": _("Send the first event"),
            "text": _("The page with the key shows a line to paste into a terminal."),
            "link": reverse("admin:profiles_source_changelist"),
            "action": _("Open sources"),
        },
        {
            "done": segments,
            "title": _("Build a segment"),
            "text": _("Say who you are looking for; Kith keeps the list true."),
            "link": reverse("admin:segments_segment_add"),
            "action": _("Build a segment"),
        },
    ]
