"""What is not there any more: most systems leave no tombstone, a deletion is an id that no listing names.

So is a merge. The person stays, the link says "missing there"; a record that turns up again is linked as before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.adapters.base import Adapter, Record
from connectors.models import Connection, Inbound, Link, Position, SyncRun
from connectors.records import packed
from connectors.runs import Progress

# A listing that suddenly lacks more than half of what it had is broken, unless somebody says that it is right.
_SHARE: Final = 2
_FEW: Final = 20


def find(
    connection: Connection, kind: str, seen: Collection[str], progress: Progress, *, believe: bool = False
) -> None:
    """Hand on what no complete listing, begun with this run, has named. Says how many in the run's details."""
    run = progress.run
    known = Link.objects.filter(connection=connection, object=kind).exclude(remote_id="")
    known = known.exclude(state=Link.State.MISSING)
    ids = set(
        known.exclude(pulled_at__gte=run.started_at)
        .exclude(pushed_at__gte=run.started_at)
        .values_list("remote_id", flat=True)
    )
    gone = sorted(ids - set(seen))
    run.details["missing"] = len(gone)
    if len(gone) > _FEW and len(gone) * _SHARE > len(ids) and not believe:
        run.details["doubted"] = True
        run.error = _("%(gone)d of %(all)d records are not listed any more: that is not believed.") % {
            "gone": len(gone), "all": len(ids),
        }  # fmt: skip
        return
    Position.objects.filter(connection=connection, object=kind).update(compared_at=timezone.now())
    hand_on(connection, kind, [Record(id_, deleted=True) for id_ in gone], run)


def compare(connection: Connection, kind: str, adapter: Adapter, progress: Progress, *, believe: bool = False) -> None:
    """The two sets of ids: what is missing there is marked, what is unknown here is fetched."""
    progress.enter(SyncRun.State.RECONCILING)
    run = progress.run
    seen: set[str] = set()
    for ids in adapter.ids(kind):
        seen.update(ids)
        known = set(
            Link.objects.filter(connection=connection, object=kind, remote_id__in=ids)
            .exclude(remote_id="")
            .exclude(state=Link.State.MISSING)
            .values_list("remote_id", flat=True)
        )
        unknown = [id_ for id_ in ids if id_ not in known]
        if unknown:
            hand_on(connection, kind, adapter.fetch(kind, unknown), run)
        run.read += len(ids)
        run.changed += len(unknown)
        run.calls = adapter.client.calls
        progress.beat()
    find(connection, kind, seen, progress, believe=believe)


def hand_on(connection: Connection, kind: str, records: Sequence[Record], run: SyncRun | None) -> None:
    """Records for the worker."""
    if records:
        Inbound.objects.create(
            connection=connection, object=kind, records=packed(records), size=len(records),
            fetched_at=timezone.now(), run=run,
        )  # fmt: skip
