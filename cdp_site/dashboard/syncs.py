"""How the connections to other systems are doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q

from connectors.models import Connection

BROKEN = (Connection.State.FAILED, Connection.State.RECONNECT)


@dataclass(frozen=True)
class Syncs:
    """How many connections there are, how many of them stand still, and when one was last read."""

    connections: int
    failing: int
    paused: int
    read_at: datetime | None


def syncs() -> Syncs:
    """One query; how far a connection was read is kept beside it, so that no runs are counted."""
    found = list(Connection.objects.order_by().annotate(read_at=Max("position__upto")).only("state", "enabled"))
    return Syncs(
        len(found),
        sum(one.state in BROKEN for one in found),
        sum(one.state == Connection.State.PAUSED or not one.enabled for one in found),
        max((one.read_at for one in found if one.read_at), default=None),
    )


def troubled() -> list[Connection]:
    """Those that somebody should look at, the worst first. One query."""
    found = Connection.objects.filter(~Q(state=Connection.State.READY) | ~Q(problems=[])).order_by("name")
    return sorted(found, key=lambda one: one.state not in BROKEN)
