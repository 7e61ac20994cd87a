"""Reading: page by page, the next one on its way while this one is kept; only what changed is handed on.

What changed is found by digest, so it does not matter whether the system can list "changed since". The window's end
is frozen when a run begins; the next window begins an overlap before it, for what was being written meanwhile. Where
a run stopped, it goes on: the position is saved in the transaction that keeps the page.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors import link_table, missing
from connectors.adapters.base import Adapter, Page
from connectors.mapping import Plan
from connectors.models import Connection, Inbound, Position, SyncRun
from connectors.records import digest, packed
from connectors.runs import Progress


class Pull:
    """One reading of an object. `full`: everything, whatever was read before."""

    def __init__(
        self, connection: Connection, plan: Plan, adapter: Adapter, progress: Progress, *, full: bool = False
    ) -> None:
        self._connection = connection
        self._kind = plan.object.key
        self._adapter = adapter
        self._progress = progress
        self._position, _new = Position.objects.get_or_create(connection=connection, object=self._kind)
        self._begin(full)

    def run(self) -> None:
        """Read until there is no more. Raises Fault and Stopped; what was read by then is kept."""
        self._progress.enter(SyncRun.State.PULLING)
        since, until = self._since, self._until
        with ThreadPoolExecutor(1, thread_name_prefix="pull") as ahead:
            asked_at = timezone.now()
            coming = ahead.submit(self._adapter.pull, self._kind, since, until, self._page)
            while True:
                page, fetched_at = coming.result(), asked_at
                if not page.done:
                    asked_at = timezone.now()
                    coming = ahead.submit(self._adapter.pull, self._kind, since, until, page.cursor)
                self._keep(page, fetched_at)
                if page.done:
                    break
                self._progress.beat()
        if self._complete:
            missing.find(self._connection, self._kind, self._seen, self._progress)

    def _begin(self, full: bool) -> None:
        position, saved = self._position, self._position.cursor
        if saved and not full:
            self._since = datetime.fromisoformat(saved["since"]) if saved["since"] else None
            self._until, self._page = datetime.fromisoformat(saved["until"]), saved["page"]
        else:
            goes_on = self._adapter.incremental and position.upto is not None and not full
            self._since = position.upto - self._adapter.limits.overlap if goes_on and position.upto else None
            self._until, self._page = timezone.now(), None
        # Only who has read everything in one go can tell what is not there any more.
        self._complete = self._since is None and self._page is None
        self._seen: set[str] = set()

    def _keep(self, page: Page, fetched_at: datetime) -> None:
        connection, kind, run = self._connection, self._kind, self._progress.run
        ids = [record.id for record in page.records]
        known = link_table.digests(connection, kind, ids)
        changed = [each for each in page.records if each.deleted or known.get(each.id) != digest(each)]
        if self._complete:
            self._seen.update(record.id for record in page.records if not record.deleted)
        run.read += len(ids)
        run.changed += len(changed)
        run.skipped += len(ids) - len(changed)
        run.total = page.total if page.total is not None else run.total
        run.calls = self._adapter.client.calls
        run.cursor = self._saved(page)
        with transaction.atomic():
            if changed:
                Inbound.objects.create(
                    connection=connection, object=kind, records=packed(changed), size=len(changed),
                    fetched_at=fetched_at, run=run,
                )  # fmt: skip
            self._position.cursor = run.cursor
            if page.done:
                self._position.upto = self._until
            self._position.save(update_fields=["cursor", "upto"])

    def _saved(self, page: Page) -> dict[str, Any] | None:
        if page.done:
            return None
        since = self._since.isoformat() if self._since else None
        return {"since": since, "until": self._until.isoformat(), "page": page.cursor}
