"""manage.py seed: a demo shop with its people, put in through the same door as everything else. Once is enough."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from random import Random
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from cdp_site.embedded import paths
from cdp_site.health import WORKER
from cdp_site.seed import former as people
from cdp_site.seed.history import MISTAKES, SERVER, History
from cdp_site.seed.segments import ready
from profiles import keys
from profiles.locks import advisory_lock
from profiles.messages import message_key
from profiles.models import SeenMessage, Source
from segments.models import Segment
from segments.publish import publish
from segments.refresh import refresh
from tracking.apply import apply_batch
from tracking.models import Inbox

KEY_FILE = "demo_write_key"
_SEED = 20_261
_BATCH = 200
_SOURCES = {
    "browser": ("Demo shop", {"precedence": 20, "country": "FR"}),
    "server": ("Shop backend", {"precedence": 80, "country": "FR"}),
}


class Command(BaseCommand):
    """Seeds what is not there yet; a second run changes nothing."""

    help = "Fill an empty Kith with a demo shop: sources, a write key, people, events and segments."

    def handle(self, *_args: Any, **_options: Any) -> None:
        sources = {kind: _source(kind) for kind in _SOURCES}
        _write_key(sources["browser"])
        history = _history()
        fresh = not SeenMessage.objects.filter(pk=_last(history, sources)).exists()
        if fresh:
            _send(history, sources)
            self.stdout.write(f"{people.PEOPLE} people, {len(history.sent)} messages.")
        if fresh or not Segment.objects.exists():
            _segments()


def _source(kind: str) -> Source:
    name, facts = _SOURCES[kind]
    source, _made = Source.objects.get_or_create(name=name, defaults={"kind": kind, **facts})
    return source


def _write_key(source: Source) -> None:
    """The key that KITH_WRITE_KEY gives, else the one of last time, else a new one; kept for the launcher to print."""
    path = paths.data_dir() / KEY_FILE
    wanted = os.environ.get("KITH_WRITE_KEY", "") or (path.read_text().strip() if path.exists() else "")
    if wanted and source.keys.filter(digest=keys.digest(wanted), expires_at__isnull=True).exists():
        key = wanted
    else:
        key = keys.issue(source, wanted)
    paths.write_secret(KEY_FILE, key, replace=True)


def _history() -> History:
    """The same people and messages each time, up to now."""
    random = Random(_SEED)  # noqa: S311  nothing secret: a story that is always the same
    history = History(timezone.now(), random)
    for somebody in people.everybody(random):
        history.live(somebody)
    return history


def _last(history: History, sources: dict[str, Source]) -> Any:
    """The key of the message that is applied last."""
    _at, kind, message = max(history.sent, key=_moment)
    return message_key(sources[kind].pk, message["messageId"])


def _send(history: History, sources: dict[str, Source]) -> None:
    """Put the messages into the inbox in the order in which they happened, and see that they are applied."""
    requests: list[tuple[str, list[dict[str, Any]]]] = []
    for _at, kind, message in sorted(history.sent, key=_moment):
        if not requests or requests[-1][0] != kind or len(requests[-1][1]) == _BATCH:
            requests.append((kind, []))
        requests[-1][1].append(message)
    requests.append((SERVER, MISTAKES))
    now = timezone.now()
    Inbox.objects.bulk_create(
        Inbox(
            source=sources[kind],
            kind="batch",
            messages=len(messages),
            received_at=now,
            body=json.dumps({"batch": messages}).encode(),
        )
        for kind, messages in requests
    )
    with advisory_lock(WORKER) as alone:
        while alone and apply_batch():
            pass
    # Otherwise a worker runs, and applies them.
    while Inbox.objects.filter(received_at=now).exists():
        time.sleep(0.2)


def _segments() -> None:
    there = set(Segment.objects.values_list("slug", flat=True))
    for one in ready():
        if one.slug not in there:
            publish(Segment(slug=one.slug, name=one.name, description=one.description), one.rule, None)
    refresh()


def _moment(sent: tuple[datetime, str, dict[str, Any]]) -> datetime:
    return sent[0]
