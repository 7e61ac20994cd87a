"""Asking conditions of the database: each within a time limit, and ended at once when an edit makes it superfluous.

Who asks of everybody says in the connection's name which conditions these are: that is seen outside the transaction.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import psycopg
from django.db import connection, transaction

from segments.bitmaps import BitMap64
from segments.leaves import Condition
from segments.leaves.happened import Happened
from segments.snapshot import statement_timeout
from segments.world import World

_NAME = "kith conditions "
# A name is cut by the server after 63 bytes: of more conditions than fit, the first are named.
_LONGEST = 63


class Superfluous(Exception):  # noqa: N818  not an error: somebody edited a rule
    """What was being computed is asked by no rule any more."""


@dataclass
class Asked:
    """Conditions asked at a time, of everybody or (`among`) each among some people, within a transaction.

    By leaf: the people, why the database could not answer, and what it cost, in milliseconds.
    """

    at: datetime
    among: Mapping[int, BitMap64] | None
    world: World
    limit: timedelta
    people: dict[int, BitMap64] = field(default_factory=dict)
    failed: dict[int, psycopg.Error] = field(default_factory=dict)
    durations: dict[int, int] = field(default_factory=dict)

    def ask(self, leaves: dict[int, Condition]) -> Self:
        """Fill in the answers for these. Superfluous when `cancel` ended it."""
        together: dict[tuple[type[Condition], int], dict[int, Condition]] = defaultdict(dict)
        for pk, leaf in leaves.items():
            # Of everybody, leaves that share no work are asked one by one: each has its cost and its own failure.
            alone = self.among is None and isinstance(leaf, Happened)
            together[leaf.family(), pk if alone else 0][pk] = leaf
        for (family, _alone), some in together.items():
            self._ask(family, some)
        return self

    def _ask(self, family: type[Condition], some: dict[int, Condition]) -> None:
        started = time.perf_counter()
        try:
            with transaction.atomic(), statement_timeout(self.limit), _named(some if self.among is None else ()):
                if self.among is None:
                    found = family.ask(some, self.at, None, self.world)
                else:
                    found = family.ask_each(some, self.at, self.among, self.world)
        except (psycopg.DataError, psycopg.errors.QueryCanceled) as error:
            if _was_cancelled(error):
                raise Superfluous from error
            if len(some) == 1:
                self.failed[next(iter(some))] = error
                return
            for pk, leaf in some.items():  # One of them is to blame.
                self._ask(family, {pk: leaf})
            return
        self.people |= {pk: found.get(pk, BitMap64()) for pk in some}
        self.durations |= dict.fromkeys(some, round((time.perf_counter() - started) * 1000 / len(some)))


@contextmanager
def _named(leaves: Collection[int]) -> Iterator[None]:
    if not leaves:
        yield
        return
    name = _NAME
    for pk in leaves:
        if len(f"{name}{pk},") > _LONGEST:
            break
        name += f"{pk},"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL application_name = %s", [name])
        yield
        cursor.execute("SET LOCAL application_name = DEFAULT")


def cancel(leaves: Collection[int]) -> None:
    """End the statement that asks nothing but some of these leaves of everybody, if there is one."""
    if not leaves:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND starts_with(application_name, %s)",
            [_NAME],
        )
        for pid, name in cursor.fetchall():
            asked = {int(pk) for pk in name.removeprefix(_NAME).split(",") if pk}
            if asked and asked <= set(leaves):
                cursor.execute("SELECT pg_cancel_backend(%s)", [pid])


def _was_cancelled(error: psycopg.Error) -> bool:
    """A timeout has the same class and another message."""
    return isinstance(error, psycopg.errors.QueryCanceled) and "user request" in (error.diag.message_primary or "")
