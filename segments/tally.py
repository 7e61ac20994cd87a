"""How often everybody did something, and for how much: counted here, over columns of ids that the database sends.

Sending an id costs the database a quarter of putting it into a group of its own: there are nearly as many people as
events. See docs/decisions/0008-full-evaluation.md. A statement sends a bounded number of events.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from segments.bitmaps import BitMap64, ask_arrays, ask_estimate, of_ids

# Events that one statement sends: 12 bytes for each of their columns, here and as much there.
AT_ONCE = 2_000_000
# A shorter time is not divided, whatever the planner expects of it.
_SHORTEST = timedelta(minutes=1)
# Sums are of whole minor units in 64 bits; what might not fit is the database's to add up.
_FITS = 2**62
_MOST = 2**63 - 1

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Events:
    """Those of one name in (low, high] for which all tests (boolean SQL over an event) hold."""

    name: int
    low: datetime
    high: datetime
    tests: tuple[sql.Composable, ...] = ()

    def where(self, low: datetime, high: datetime) -> sql.Composed:
        """What follows SELECT, of the part in (low, high]."""
        tests = sql.SQL("").join(sql.SQL(" AND ({})").format(test) for test in self.tests)
        return _WHERE.format(sql.Literal(self.name), sql.Literal(low), sql.Literal(high), tests)

    def parts(self) -> Iterator[sql.Composed]:
        """What follows SELECT, in parts that are not too large to send at once."""
        spans = self._spans(self.low, self.high, self._expected(self.low, self.high))
        return (self.where(low, high) for low, high in spans)

    def _spans(self, low: datetime, high: datetime, expected: int) -> Iterator[tuple[datetime, datetime]]:
        middle = low + (high - low) / 2
        halves = [(low, middle), (middle, high)]
        if expected > AT_ONCE and high - low > _SHORTEST:
            each = [self._expected(*half) for half in halves]
            # Without statistics the planner expects as much of a half as of the whole: it cannot tell then.
            if sum(each) < 1.5 * expected:
                for half, rows in zip(halves, each, strict=True):
                    yield from self._spans(*half, rows)
                return
        yield low, high

    def _expected(self, low: datetime, high: datetime) -> int:
        # By the index alone: what the tests let through can only be less.
        return ask_estimate(_WHERE.format(sql.Literal(self.name), sql.Literal(low), sql.Literal(high), sql.SQL("")))


def often(events: Events, enough: int) -> BitMap64:
    """Who did it at least so many times."""
    return of_ids(np.flatnonzero(times(events) >= enough))


def times(events: Events) -> Ints:
    """How many times who did it: the place in the array is the person's id."""
    counts = np.zeros(0, np.int64)
    for part in events.parts():
        (people,) = ask_arrays([_PEOPLE], part)
        found = np.bincount(people, minlength=len(counts))
        found[: len(counts)] += counts
        counts = found
    return counts


def worth(events: Events) -> tuple[Ints, Ints] | None:
    """Who did it, and what the money of it comes to in minor units; None where it might not fit into 64 bits."""
    sums, did, largest = np.zeros(0, np.int64), np.zeros(0, np.bool_), 0
    for part in events.parts():
        people, values = ask_arrays([_PEOPLE, _VALUES], part)
        if not len(people):
            continue
        largest += max(int(values.max()), -int(values.min())) * len(values)
        if largest > _FITS:
            return None
        more = max(0, int(people.max()) + 1 - len(sums))
        sums, did = np.append(sums, np.zeros(more, sums.dtype)), np.append(did, np.zeros(more, did.dtype))
        np.add.at(sums, people, values)
        did[people] = True
    people = np.flatnonzero(did)
    return people, sums[people]


def limits(op: str, low: Decimal, high: Decimal) -> tuple[int, int]:
    """The least and the greatest whole number for which a comparison holds, as far as 64 bits go."""
    least = {"over": math.floor(low) + 1, "under": -_MOST}.get(op, math.ceil(low))
    greatest = {"over": _MOST, "under": math.ceil(low) - 1}.get(op, math.floor(high))
    return min(max(least, -_MOST), _MOST), min(max(greatest, -_MOST), _MOST)


_PEOPLE, _VALUES = sql.SQL("profile_id"), sql.SQL("COALESCE(value, 0)")
_WHERE = sql.SQL("FROM profiles_event WHERE name_id = {} AND occurred_at > {} AND occurred_at <= {}{}")
