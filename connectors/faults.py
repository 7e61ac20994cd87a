"""What may go wrong at a remote system, sorted by what is to be done about it."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What became of a write, or of a whole call."""

    DONE = "done"
    # It will not work the next time either: to the dead letters, with the remote's own words.
    PERMANENT = "permanent"
    # Tried again: after what the remote asks for, else after a while that doubles, spread a little.
    TRANSIENT = "transient"
    # The record is not there (any more): the link is marked "missing there".
    GONE = "gone"
    # Somebody has to connect again: nothing is called until then.
    AUTH = "auth"
    # No calls left for now: pause, and go on by itself.
    QUOTA = "quota"
    # Nobody can tell whether it was done (a timeout after sending): look before trying again.
    UNKNOWN = "unknown"


class Fault(Exception):  # noqa: N818  the field's own word
    """A call that failed as a whole. `words` are the remote's own, for people; they are never logged.

    `retry_after`: seconds that the remote asks to wait. `status`: of HTTP, 0 when there was no answer.
    """

    def __init__(self, kind: Kind, words: str, *, retry_after: float | None = None, status: int = 0) -> None:
        super().__init__(f"{kind} ({status or 'no answer'})")
        self.kind = kind
        self.words = words
        self.retry_after = retry_after
        self.status = status
