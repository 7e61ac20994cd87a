"""What became of writes: noted on the link, in the log of writes, among the dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from connectors import dead_letters, link_table, missing
from connectors.adapters.base import Record
from connectors.client import backoff
from connectors.delivery import Delivered
from connectors.faults import Kind
from connectors.inflow import Inflow
from connectors.models import Conflict, DeadLetter, Link, Outbound, SyncRun
from connectors.records import digest_of

_State = Link.State
_PASSES: Final = frozenset({Kind.TRANSIENT, Kind.UNKNOWN, Kind.QUOTA, Kind.AUTH})
# What fails in passing so often will not pass by itself.
_TRIES: Final = 8
_FIRST_WAIT: Final = 30.0


def settle(link: Link) -> None:
    """There is nothing to send."""
    link.stale, link.tries, link.retry_at = False, 0, None
    if link.remote_id and link.state not in {_State.CONFLICT, _State.DISCOVERED}:
        link.state = _State.SYNCED


def keep(flow: Inflow, settled: Sequence[Link], *, restated: Sequence[Link], run: SyncRun) -> None:
    """Write settled links. Of the `restated` the worker is told once more what the remote says: its word counts."""
    again = [
        Record(id=link.remote_id, values=link.shadow, url=link.url, email=link.email, parents=link.parents)
        for link in restated
    ]
    with transaction.atomic():
        link_table.settle(settled)
        missing.hand_on(flow.connection, flow.kind, again, run)


def record(flow: Inflow, delivered: Sequence[Delivered], run: SyncRun) -> None:
    """Note these outcomes, all of them in one transaction."""
    if not delivered:
        return
    now = timezone.now()
    with transaction.atomic():
        delivered = _without_twins(flow, delivered)
        for each in delivered:
            _note(each, now)
        link_table.settle([each.write.link for each in delivered])
        done = [each for each in delivered if each.outcome.ok]
        dead_letters.resolve([each.write.link for each in done if each.found is None], now)
        dead_letters.refuse([_letter(flow, each) for each in delivered if each.write.link.state == _State.DEAD], now)
        made = [each for each in done if each.write.creates]
        missing.hand_on(flow.connection, flow.kind, [_introduced(each) for each in made], run)
        Outbound.objects.bulk_create([_logged(flow, each, now, run) for each in delivered if each.found is None])
    run.written += sum(each.found is None for each in done)
    run.failed += len(delivered) - len(done)


def lost(delivered: Sequence[Delivered]) -> bool:
    """Did nothing of this arrive, in passing?"""
    return bool(delivered) and all(each.outcome.kind in _PASSES for each in delivered)


def _note(each: Delivered, now: datetime) -> None:
    link, outcome = each.write.link, each.outcome
    link.stale = False
    match outcome.kind:
        case Kind.DONE:
            _done(each, now)
        case Kind.GONE:
            link.state, link.missing_since, link.digest = _State.MISSING, now, b""
        case kind if kind in _PASSES and link.tries < _TRIES:
            link.tries += 1
            wait = backoff(link.tries, outcome.retry_after, first=_FIRST_WAIT)
            link.state, link.stale, link.retry_at = _State.RETRY, True, now + timedelta(seconds=wait)
        case _:
            link.state, link.tries, link.retry_at = _State.DEAD, 0, None


def _done(each: Delivered, now: datetime) -> None:
    link, outcome = each.write.link, each.outcome
    link.tries, link.retry_at, link.missing_since = 0, None, None
    link.linked_at = link.linked_at or now
    if each.found is not None:
        # The worker compares it like any other that was read.
        link.remote_id, link.state = outcome.id, _State.LINKED
        return
    sent = each.write.change.values
    link.remote_id, link.url, link.state = outcome.id or link.remote_id, outcome.url or link.url, _State.SYNCED
    link.ours |= each.write.ours
    link.shadow |= sent if outcome.stored is None else outcome.stored
    # When it comes back like this, it is no news.
    link.digest = digest_of(link.shadow, link.parents, link.email, link.url)
    link.pushed_at = now


def _without_twins(flow: Inflow, delivered: Sequence[Delivered]) -> list[Delivered]:
    """A record that was found instead of created may be somebody else's already: that is for people to look at."""
    found = {each.outcome.id for each in delivered if each.write.creates and each.outcome.ok}
    taken = Link.objects.filter(connection=flow.connection, object=flow.kind, remote_id__in=found).exclude(remote_id="")
    others = {link.remote_id: link for link in taken}
    twins = [each for each in delivered if each.write.creates and each.outcome.id in others]
    if not twins:
        return list(delivered)
    conflicts = [
        Conflict(
            link=others[each.outcome.id], field="email", reason=Conflict.Reason.TWICE, kept=Conflict.Kept.BOTH,
            ours=each.write.link.profile_id, theirs=each.outcome.id, at=timezone.now(),
        )
        for each in twins
    ]  # fmt: skip
    link_table.list_conflicts(conflicts)
    for each in twins:
        each.write.link.state, each.write.link.stale = _State.CONFLICT, False
    link_table.settle([each.write.link for each in twins])
    return [each for each in delivered if not (each.write.creates and each.outcome.id in others)]


def _introduced(each: Delivered) -> Record:
    """A record that is new to us: the worker gives its id to the person."""
    link = each.write.link
    if each.found is not None:
        return each.found
    return Record(id=link.remote_id, values=link.shadow, url=link.url, email=link.email, parents=link.parents)


def _letter(flow: Inflow, each: Delivered) -> DeadLetter:
    link = each.write.link
    return DeadLetter(
        connection=flow.connection, object=flow.kind, direction=DeadLetter.Direction.PUSH, link=link,
        remote_id=link.remote_id, profile_id=link.profile_id, payload=dict(each.write.change.values),
        words=each.outcome.words,
    )  # fmt: skip


def _logged(flow: Inflow, each: Delivered, now: datetime, run: SyncRun) -> Outbound:
    link = each.write.link
    return Outbound(
        connection=flow.connection, object=flow.kind, remote_id=link.remote_id, profile_id=link.profile_id,
        payload=dict(each.write.change.values), key=each.write.change.key, state=_OUTBOUND[_State(link.state)],
        words=each.outcome.words, at=now, run=run,
    )  # fmt: skip


_OUTBOUND: Final = {
    _State.SYNCED: Outbound.State.SENT,
    _State.LINKED: Outbound.State.SENT,
    _State.RETRY: Outbound.State.RETRY,
    _State.DEAD: Outbound.State.REFUSED,
    _State.MISSING: Outbound.State.GONE,
}
