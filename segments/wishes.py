"""What would have to happen for a condition to hold, or to cease to hold: "one more Order Completed"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ANY = "*"


@dataclass(frozen=True)
class Wish:
    """In words; and what it is, so that the other conditions of a rule can say what they make of it.

    `event` is what would happen now, so many `times` and with these filters (ANY: whatever event);
    `attribute` is what would change, to this `value` if it is known. `waits`: time alone does it.
    """

    words: str
    event: str = ""
    times: int = 1
    where: tuple[Any, ...] = ()
    attribute: str = ""
    value: Any = None
    waits: bool = False
