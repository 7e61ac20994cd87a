"""Sending, in threads and without the database: batches, halved until the bad record is alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.adapters.base import Adapter, Change, Outcome, Record
from connectors.faults import Fault, Kind
from connectors.models import Link

# A record that failed in passing so often, perhaps because of its neighbours, goes alone.
_ALONE_AFTER: Final = 3
_STOPS: Final = frozenset({Kind.AUTH, Kind.QUOTA})
_PASSES: Final = frozenset({Kind.TRANSIENT, Kind.UNKNOWN})


@dataclass(frozen=True)
class Write:
    """What goes to one record. `ours`: what Kith holds of these fields, which an edit by hand may differ from."""

    link: Link
    change: Change
    ours: Mapping[str, Any]
    email: str = ""

    @property
    def creates(self) -> bool:
        """Is the record to be made?"""
        return not self.change.id


@dataclass(frozen=True)
class Delivered:
    """What became of a write. `found`: it was to be created but is there already; nothing was written yet."""

    write: Write
    outcome: Outcome
    found: Record | None = None


@dataclass
class Delivery:
    """The outcomes of some writes, and the fault that ended all sending, if one did: the others were not sent."""

    done: list[Delivered]
    fault: Fault | None = None


def batches(writes: Sequence[Write], size: int) -> Iterator[list[Write]]:
    """Parts of at most `size`; what has to be created is looked for first, and what keeps failing goes alone."""
    together: list[Write] = []
    for write in writes:
        if write.link.tries >= _ALONE_AFTER:
            yield [write]
            continue
        together.append(write)
        if len(together) >= size:
            yield together
            together = []
    if together:
        yield together


def deliver(adapter: Adapter, kind: str, writes: Sequence[Write]) -> Delivery:
    """Send these. Never raises Fault."""
    delivery = Delivery([])
    try:
        _halve(adapter, kind, _absent(adapter, kind, writes, delivery.done), delivery.done)
    except Fault as fault:
        delivery.fault = fault
    return delivery


def _absent(adapter: Adapter, kind: str, writes: Sequence[Write], done: list[Delivered]) -> list[Write]:
    """Without those to be created that are there: made by somebody else, or by us before an answer was lost."""
    left = []
    for write in writes:
        there = adapter.find(kind, write.email) if write.creates and write.email else None
        found = adapter.fetch(kind, [there])[:1] if there else []
        if found:
            done.append(Delivered(write, Outcome(id=found[0].id), found=found[0]))
        else:
            left.append(write)
    return left


def _halve(adapter: Adapter, kind: str, writes: Sequence[Write], done: list[Delivered]) -> None:
    if not writes:
        return
    try:
        outcomes = adapter.push(kind, [write.change for write in writes])
        if len(outcomes) == len(writes):
            done += [Delivered(write, outcome) for write, outcome in zip(writes, outcomes, strict=True)]
            return
        # Rows that come back are counted: what is missing among them may have been written or not.
        fault = Fault(Kind.UNKNOWN, f"{len(outcomes)} answers for {len(writes)} records")
        halve = not any(write.creates for write in writes)
    except Fault as error:
        if error.kind in _STOPS:
            raise
        fault, halve = error, error.kind not in _PASSES
    if len(writes) == 1 or not halve:
        done += [Delivered(write, _failed(write, fault)) for write in writes]
        return
    middle = len(writes) // 2
    _halve(adapter, kind, writes[:middle], done)
    _halve(adapter, kind, writes[middle:], done)


def _failed(write: Write, fault: Fault) -> Outcome:
    return Outcome(id=write.change.id, kind=fault.kind, words=fault.words, retry_after=fault.retry_after)
