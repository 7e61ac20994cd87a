"""What connected systems said, applied by the worker: the only one who may."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import django.db
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import companies, deals, people, preflight
from connectors.inflow import Arrived, Inflow
from connectors.mapping import MappingError, Plan
from connectors.models import Connection, DeadLetter, Inbound, Link
from connectors.records import unpacked
from profiles import changes
from profiles.attributes import catalogue

log = logging.getLogger(__name__)

READER: Final = "connectors"
# Records a transaction; pages are applied together up to here.
MOST: Final = 2_000
_PAGES: Final = 20
_APPLY: Final[Mapping[str, Callable[[Inflow, Sequence[Arrived]], None]]] = {
    "person": people.apply,
    "company": companies.apply,
    "deal": deals.apply,
}


def pending() -> bool:
    """Was something pulled that is not applied yet?"""
    return Inbound.objects.exists()


def apply_batch() -> int:
    """Apply some of the oldest pages; how many records there were.

    All of it is committed, or on an error of the database nothing is, and the same records come again.
    """
    with transaction.atomic():
        pages = _take()
        if not pages:
            return 0
        # The same record twice: the later reading counts.
        latest: dict[str, Arrived] = {}
        for page in pages:
            latest |= {record.id: Arrived(record, page.fetched_at) for record in unpacked(bytes(page.records))}
        connection, kind = pages[0].connection, pages[0].object
        plans = _plans(connection)
        if kind in plans:
            _store(connection, plans[kind], plans, list(latest.values()))
        return len(latest)


def _take() -> list[Inbound]:
    """The oldest page, and more of the same kind."""
    rows = Inbound.objects.select_for_update(skip_locked=True, of=("self",)).select_related("connection__source")
    first = rows.order_by("id").first()
    if first is None:
        return []
    pages: list[Inbound] = []
    records = 0
    for page in rows.filter(connection=first.connection, object=first.object).order_by("id")[:_PAGES]:
        pages.append(page)
        records += page.size
        if records >= MOST:
            break
    Inbound.objects.filter(pk__in=[page.pk for page in pages]).delete()
    return pages


def _plans(connection: Connection) -> dict[str, Plan]:
    try:
        return preflight.sound(connection)
    except (MappingError, KeyError) as error:
        # Somebody broke the mapping since: nothing can be made of these, and the next full reading brings them again.
        log.warning("connection %s: its mapping cannot be read: %s", connection.slug, type(error).__name__)
        Link.objects.filter(connection=connection).update(digest=b"")
        return {}


def _store(connection: Connection, plan: Plan, plans: Mapping[str, Plan], arrived: Sequence[Arrived]) -> None:
    """Apply records inside the caller's transaction; one that breaks the batch is found by halving it."""
    flow = Inflow(connection, plan, plans, timezone.now(), catalogue())
    try:
        with transaction.atomic():
            _APPLY[plan.object.kind](flow, arrived)
            changes.note(flow.moved, READER)
    except Exception as error:
        if not _data_is_at_fault(error):
            raise
        if len(arrived) > 1:
            half = len(arrived) // 2
            _store(connection, plan, plans, arrived[:half])
            _store(connection, plan, plans, arrived[half:])
            return
        log.error("one record cannot be applied: %s", type(error).__name__)  # noqa: TRY400  a traceback quotes data
        flow.letters = [
            people.letter(flow, arrived[0], _("Kith cannot store it: %(why)s") % {"why": type(error).__name__})
        ]
    _keep(flow, arrived)


def _keep(flow: Inflow, arrived: Sequence[Arrived]) -> None:
    """New dead letters, and those that are resolved: the record could be applied after all."""
    ids = [each.record.id for each in arrived]
    before = DeadLetter.objects.filter(connection=flow.connection, object=flow.kind, remote_id__in=ids)
    before = before.filter(direction=DeadLetter.Direction.PULL, resolved_at=None)
    again = {letter.remote_id for letter in flow.letters}
    before.exclude(remote_id__in=again).update(resolved_at=flow.now)
    tries = dict(before.filter(remote_id__in=again).values_list("remote_id", "tries"))
    before.filter(remote_id__in=again).delete()
    for letter in flow.letters:
        letter.tries += tries.get(letter.remote_id, 0)
    DeadLetter.objects.bulk_create(flow.letters)


def _data_is_at_fault(error: Exception) -> bool:
    """Would the same records fail again, or is it the database, which is away or busy?"""
    cause: BaseException | None = error
    while cause is not None:
        if code := getattr(cause, "sqlstate", None):
            # 54: a limit, reported as an operational error. 42, XX: the database is not as we know it.
            return code.startswith("54") or not code.startswith(("42", "XX", "08", "53", "55", "57", "40"))
        cause = cause.__cause__
    return not isinstance(error, django.db.OperationalError | django.db.InterfaceError | MemoryError)
