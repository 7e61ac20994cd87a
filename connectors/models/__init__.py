"""The nouns of connections, one file per subject."""

from connectors.models.connections import CallBudget, Connection
from connectors.models.deals import Deal
from connectors.models.links import Conflict, DeadLetter, Link
from connectors.models.runs import Followed, Inbound, Outbound, Position, SyncRun

__all__ = [
    "CallBudget",
    "Conflict",
    "Connection",
    "DeadLetter",
    "Deal",
    "Followed",
    "Inbound",
    "Link",
    "Outbound",
    "Position",
    "SyncRun",
]
