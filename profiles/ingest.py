"""Messages become people, identities, events and traits: a whole batch at once, in a fixed number of statements.

The outcome is that of applying the messages one by one, in their order. One process applies at a time
(the worker holds a lock): several would deadlock on shared identifiers and break the order per person.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from profiles import accounts, changes, checks, definitions, events, merge, registry
from profiles.database import Cursor, array, cursor
from profiles.identity import Placed, Usable
from profiles.messages import Message
from profiles.refusals import Reason
from profiles.registry import Registry
from profiles.traits import Traits


@dataclass
class Applied:
    """What became of a batch: messages stored, those of them that are events, people created and merged, changes.

    `placed` are the messages stored, each with whose it is: for who follows in the same transaction.
    """

    stored: int = 0
    events: int = 0
    duplicates: int = 0
    created: int = 0
    merged: int = 0
    changes: int = 0
    refused: list[tuple[Message, Reason, str]] = field(default_factory=list)
    placed: Sequence[Placed] = ()


def apply(messages: Sequence[Message]) -> Applied:
    """Apply messages in their order, inside the caller's transaction.

    Messages with which nothing can be done come back in `refused`; sent again after a fix they are applied.
    Raises django.db.Error or ValueError when one cannot be stored: the caller rolls back to its savepoint
    and finds it by halving the batch. Nothing is kept in the process between calls.
    """
    applied = Applied()
    with undisturbed(), cursor() as db:
        register = Registry()
        usable = checks.usable(messages, register, applied.refused)
        known, covered = definitions.make(db, usable, applied.refused)
        batch = _unseen(db, covered)
        if batch:
            _apply(db, batch, known, register, applied)
        applied.duplicates = len(messages) - len(applied.refused) - len(batch)
    return applied


def _apply(db: Cursor, batch: Sequence[Usable], known: definitions.Known, register: Registry, applied: Applied) -> None:
    resolver = register.load(db, batch)
    for each in batch:
        resolver.place(each)

    traits = Traits(known.traits, known.precedence)
    traits.load(db, resolver.joined, resolver.placed)
    traits.apply(resolver.joined, resolver.placed)

    registry.save_people(db, resolver.created, traits.document)
    registry.save(db, resolver)
    merge.move(db, resolver.joined)
    traits.save(db, resolver.joined)
    done = events.store(db, resolver.placed, known.event_types)
    grouped = accounts.store(db, resolver.placed, known.precedence)

    applied.changes = changes.record(db, resolver, changes.Moved(traits.moved, traits.past), done)
    if grouped:
        changes.note(grouped)
        applied.changes += len(grouped)
    applied.stored, applied.events = len(batch), sum(each.message.name is not None for each in batch)
    applied.created, applied.merged = len(resolver.created), len(resolver.joined)
    applied.placed = resolver.placed


@contextmanager
def undisturbed() -> Iterator[None]:
    """Without the garbage collector: it would go through a batch again and again, of which nothing is garbage yet."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _unseen(db: Cursor, usable: Iterable[Usable]) -> list[Usable]:
    """Without the messages that were applied before, and each only once: a duplicate changes nothing."""
    first: dict[UUID, Usable] = {}
    for each in usable:
        first.setdefault(each.message.id, each)
    db.execute(
        "INSERT INTO profiles_seenmessage (id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING RETURNING id",
        [array(first)],
    )
    if db.rowcount == len(first):
        return list(first.values())
    new = {id_ for (id_,) in db}
    return [each for id_, each in first.items() if id_ in new]
