"""Writing: what changed here, to whom it concerns, and nothing else.

Links are marked stale (follow.py) and looked at here, some hundred at a time: the values of their people in a fixed
number of queries, compared with what the remote held and with what was last synchronised. While some are on their
way, the next ones are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors import dead_letters, link_table, newcomers, outcomes, values
from connectors.adapters.base import Adapter, Change
from connectors.comparison import Compared, Comparison
from connectors.delivery import Delivery, Write, batches, deliver
from connectors.faults import Fault, Kind
from connectors.fitting import blank
from connectors.inflow import Inflow
from connectors.mapping import Plan
from connectors.models import Connection, Link, SyncRun
from connectors.ownership import Owner
from connectors.records import key
from connectors.runs import Progress
from profiles.attributes import catalogue

# Links looked at together.
CHUNK: Final = 500
# Records that a dry run shows.
SAMPLES: Final = 20
# So many deliveries lost in a row, and the system is held to be away.
_ENOUGH: Final = 3


class Push:
    """One writing of an object; when the run is `full`, of everybody who is linked and differs there."""

    def __init__(
        self, connection: Connection, plans: Mapping[str, Plan], kind: str, adapter: Adapter, progress: Progress
    ) -> None:
        self._connection = connection
        self._plan = plans[kind]
        self._kind = kind
        self._adapter = adapter
        self._progress = progress
        self._flow = Inflow(connection, self._plan, plans, timezone.now(), catalogue())
        self._comparison = Comparison(self._flow)
        self._full = progress.run.full
        # Whether anything was refused before: mostly there is nothing to look up.
        self._refused = dead_letters.any_open(connection, kind)
        # Deliveries in a row of which nothing arrived.
        self._lost = 0

    def run(self) -> None:
        """Write until nothing is left. Raises Fault and Stopped; what was written by then is known."""
        progress, limits = self._progress, self._adapter.limits
        dead_letters.wake(self._connection, self._kind)
        newcomers.enrol(self._connection, self._plan)
        if self._full:
            link_table.mark_all(self._connection, self._kind)
        progress.run.total = self.stale().count()
        progress.enter(SyncRun.State.PUSHING)
        under_way: list[Future[Delivery]] = []
        with ThreadPoolExecutor(limits.parallel, thread_name_prefix="push") as pool:
            try:
                for links in self._chunks(self.stale()):
                    writes = self._look(links)
                    parts = batches(writes, limits.batch)
                    before, under_way = (
                        under_way,
                        [pool.submit(deliver, self._adapter, self._kind, some) for some in parts],
                    )
                    self._collect(before)
                    progress.beat()
                last, under_way = under_way, []
                self._collect(last)
            finally:
                # Something ended the run: what has not been sent stays here, what has is noted.
                self._collect([each for each in under_way if not each.cancel()])

    def preview(self) -> None:
        """What a run would do: per field how often, how many calls, and some records. Writes nothing."""
        run, limits = self._progress.run, self._adapter.limits
        links = self._everybody() if self._full else self.stale()
        run.total = links.count()
        fields: dict[str, int] = {}
        samples: list[dict[str, Any]] = []
        creates = newcomers.count(self._connection, self._plan)
        for some in self._chunks(links):
            for link, compared in self._compare(some):
                if not compared.send:
                    run.skipped += 1
                    continue
                run.changed += 1
                for remote in compared.send:
                    fields[remote] = fields.get(remote, 0) + 1
                if len(samples) < SAMPLES:
                    samples.append(_sample(link, compared))
            run.read += len(some)
            self._progress.beat()
        calls = -(-run.changed // limits.batch) + 2 * creates
        run.details = {"calls": calls, "creates": creates, "fields": fields, "samples": samples}

    def stale(self) -> QuerySet[Link]:
        """The links to look at now."""
        due = Q(retry_at=None) | Q(retry_at__lte=timezone.now())
        return self._everybody().filter(due, stale=True)

    def _everybody(self) -> QuerySet[Link]:
        links = Link.objects.filter(connection=self._connection, object=self._kind, profile_id__isnull=False)
        return links.exclude(state=Link.State.MISSING)

    @staticmethod
    def _chunks(links: QuerySet[Link]) -> Iterator[list[Link]]:
        last = 0
        while some := list(links.filter(pk__gt=last).order_by("pk")[:CHUNK]):
            yield some
            last = some[-1].pk

    def _compare(self, links: Sequence[Link]) -> list[tuple[Link, Compared]]:
        ours = values.read({link.profile_id or 0 for link in links}, self._plan.lines, self._flow.known)
        found = []
        for link in links:
            said = ours.get(link.profile_id or 0)
            if said is None:
                found.append((link, Compared()))
            elif link.remote_id:
                found.append((link, self._comparison.leaving(link, said, full=self._full)))
            else:
                found.append((link, Compared(send=self._first(link, said))))
        return found

    def _first(self, link: Link, said: Mapping[str, Any]) -> dict[str, Any]:
        """Everything that there is to say of somebody who is new there, whoever owns it afterwards."""
        # By the address the record is found if the answer is lost: it never goes without.
        known = {line.remote: link.email for line in self._plan.lines if line.trait == "email"}
        known |= {remote: value for remote, value in said.items() if not blank(value)}
        lines = (line for line in self._plan.lines if line.owner != Owner.OFF and line.field.writable)
        return {line.remote: known[line.remote] for line in lines if line.remote in known}

    def _look(self, links: Sequence[Link]) -> list[Write]:
        """What is to be written of these; the others are settled."""
        edited = dead_letters.edited(self._connection, self._kind, links) if self._refused else {}
        waiting = dead_letters.waiting(self._connection, self._kind, links) if self._refused else {}
        writes: list[Write] = []
        settled: list[Link] = []
        again: list[Link] = []
        for link, compared in self._compare(links):
            if compared.take:
                again.append(link)
            payload = edited.get(link.pk) or compared.send
            write = Write(
                link, Change(link.remote_id, payload, key(link.remote_id, payload)), compared.send, link.email
            )
            if not payload:
                outcomes.settle(link)
                settled.append(link)
            elif waiting.get(link.pk) == write.change.key:
                # Refused before, and still the same: it has its time.
                link.state, link.stale = Link.State.DEAD, False
                settled.append(link)
            else:
                link.state = Link.State.PUSHING
                writes.append(write)
        self._progress.run.skipped += len(settled)
        self._progress.run.read += len(links)
        outcomes.keep(self._flow, settled, restated=again, run=self._progress.run)
        return writes

    def _collect(self, under_way: Sequence[Future[Delivery]]) -> None:
        """Wait for these, and note what became of each; the first fault that ended the sending is raised then."""
        deliveries = [future.result() for future in under_way]
        outcomes.record(self._flow, [each for delivery in deliveries for each in delivery.done], self._progress.run)
        self._progress.run.calls = self._adapter.client.calls
        for delivery in deliveries:
            if delivery.fault is not None:
                raise delivery.fault
            self._lost = self._lost + 1 if outcomes.lost(delivery.done) else 0
            if self._lost >= _ENOUGH:
                last = delivery.done[-1].outcome
                raise Fault(Kind.TRANSIENT, last.words, retry_after=last.retry_after)


def _sample(link: Link, compared: Compared) -> dict[str, Any]:
    fields = {remote: [link.shadow.get(remote), value] for remote, value in compared.send.items()}
    return {"profile_id": link.profile_id, "remote_id": link.remote_id, "fields": fields}
