"""What one side refused: kept with its words, tried again on a schedule, by hand, and after an edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from connectors.models import Connection, DeadLetter, Link
from connectors.records import key

_PUSH: Final = DeadLetter.Direction.PUSH
# After the first refusal, the second, ...: then every week.
_AGAIN: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))


def retry(letter: DeadLetter) -> None:
    """Try now, that is with the next run. A record that could not be read is read again."""
    DeadLetter.objects.filter(pk=letter.pk).update(next_at=timezone.now())
    if letter.direction == _PUSH:
        _stale([letter.link_id])
    else:
        Link.objects.filter(connection=letter.connection, object=letter.object, remote_id=letter.remote_id).update(
            digest=b""
        )


def edit(letter: DeadLetter, payload: Mapping[str, Any]) -> None:
    """Write exactly this instead, with the next run."""
    letter.payload, letter.edited, letter.next_at = dict(payload), True, timezone.now()
    letter.save(update_fields=["payload", "edited", "next_at"])
    _stale([letter.link_id])


def dismiss(letter: DeadLetter) -> None:
    """Nothing is to be done about it: what changes later is tried anyway."""
    DeadLetter.objects.filter(pk=letter.pk).update(resolved_at=timezone.now(), next_at=None)


def wake(connection: Connection, kind: str) -> None:
    """Whose time has come is looked at by this run."""
    due = _open(connection, kind).filter(next_at__lte=timezone.now())
    _stale(list(due.values_list("link_id", flat=True)))


def any_open(connection: Connection, kind: str) -> bool:
    """Is there any that is not resolved?"""
    return _open(connection, kind).exists()


def edited(connection: Connection, kind: str, links: Sequence[Link]) -> dict[int, dict[str, Any]]:
    """What somebody wrote to be sent instead, by link."""
    rows = _open(connection, kind).filter(edited=True, link__in=[link.pk for link in links])
    return {link_id: payload for link_id, payload in rows.values_list("link_id", "payload") if link_id is not None}


def waiting(connection: Connection, kind: str, links: Sequence[Link]) -> dict[int, str]:
    """Of those whose time has not come: what was refused, as records.key."""
    rows = _open(connection, kind).filter(next_at__gt=timezone.now(), link__in=[link.pk for link in links])
    return {
        link_id: key(remote_id, payload)
        for link_id, remote_id, payload in rows.values_list("link_id", "remote_id", "payload")
        if link_id is not None
    }


def refuse(letters: Sequence[DeadLetter], now: datetime) -> None:
    """Keep refusals; one that was refused before waits longer."""
    before = dict(
        DeadLetter.objects.filter(link__in=[letter.link_id for letter in letters], direction=_PUSH, resolved_at=None)
        .values_list("link_id", "tries")
    )  # fmt: skip
    for letter in letters:
        letter.tries = before.get(letter.link_id or 0, 0) + 1
        letter.next_at = now + _AGAIN[min(letter.tries, len(_AGAIN)) - 1]
    with transaction.atomic():
        DeadLetter.objects.filter(link__in=list(before), direction=_PUSH, resolved_at=None).delete()
        DeadLetter.objects.bulk_create(letters)


def resolve(links: Sequence[Link], now: datetime) -> None:
    """These were written after all."""
    DeadLetter.objects.filter(link__in=[link.pk for link in links], direction=_PUSH, resolved_at=None).update(
        resolved_at=now, next_at=None
    )


def _open(connection: Connection, kind: str) -> QuerySet[DeadLetter]:
    return DeadLetter.objects.filter(connection=connection, object=kind, direction=_PUSH, resolved_at=None)


def _stale(links: Sequence[int | None]) -> None:
    rows = Link.objects.filter(pk__in=[link for link in links if link is not None])
    rows.update(stale=True, marks=F("marks") + 1, retry_at=None)
