"""What the worker does, over and over: each room takes what the rooms above it left, in the order of the data's way.

The rooms beside each other know nothing of one another; here they are put in a row.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors import follow as crm
from connectors import inbound
from scoring import follow as scores
from segments import refresh
from tracking import visits
from tracking.failures import describe

log = logging.getLogger(__name__)

_LONGEST_BACKOFF = 15.0


@dataclass
class Step:
    """A room's turn. A failure is retried later and stops nothing: what it has to do waits in its queue."""

    name: str
    pending: Callable[[], bool]
    run: Callable[[], object]
    failures: int = 0
    again_at: float = 0.0

    def turn(self) -> bool:
        """Do what there is to do; whether something was done."""
        if self.failures and time.monotonic() < self.again_at:
            return False
        try:
            if not self.pending():
                return False
            self.run()
        except Exception as error:  # noqa: BLE001  whatever it is, the other steps go on
            self.failures += 1
            self.again_at = time.monotonic() + backoff(self.failures)
            log.error("%s failed: %s", self.name, describe(error))  # noqa: TRY400  a traceback quotes data
            return False
        self.failures = 0
        return True


def steps() -> list[Step]:
    """Every step behind the applying of the inbox, which is the worker's own (it must not go on without it)."""
    return [
        Step("applying what the CRM said", inbound.pending, inbound.apply_batch),
        Step("visits of people who were merged", visits.pending, visits.catch_up),
        Step("the refresh of segments", refresh.due, refresh.refresh),
        Step("scores of people who changed", scores.pending, scores.follow),
        Step("marking what to tell the CRM", crm.pending, crm.follow),
    ]


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: half a second, doubling, spread a little."""
    return min(_LONGEST_BACKOFF, 0.25 * 2.0 ** min(failures, 10)) * random.uniform(0.8, 1.2)  # noqa: S311  no secret
