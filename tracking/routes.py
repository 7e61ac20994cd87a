"""The addresses that the collector answers, as the SDKs of the Segment Spec spell them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote


class Task(Enum):
    """What is done with a request."""

    COLLECT = "collect"
    DISCARD = "discard"
    SDK_SETTINGS = "sdk settings"
    SOURCE_CONFIG = "source config"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Route:
    """What an address means. `kind` is "batch" or the type of its only message; `key` a write key in the path."""

    task: Task
    kind: str = ""
    key: str = ""

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods it takes, besides OPTIONS."""
        return ("GET",) if self.task in {Task.SDK_SETTINGS, Task.SOURCE_CONFIG} else ("POST",)


SINGLE = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}

_FIXED = {
    "v1/batch": Route(Task.COLLECT, "batch"),
    "v1/b": Route(Task.COLLECT, "batch"),
    "beacon/v1/batch": Route(Task.COLLECT, "batch"),
    **{f"v1/{short}": Route(Task.COLLECT, kind) for short, kind in SINGLE.items()},
    **{f"v1/{kind}": Route(Task.COLLECT, kind) for kind in SINGLE.values()},
    # The metrics that analytics-next reports about itself, and a call only RudderStack knows.
    "v1/m": Route(Task.DISCARD),
    "v1/merge": Route(Task.DISCARD),
    "sourceConfig": Route(Task.SOURCE_CONFIG),
}
_OURS = ("/v1/", "/beacon/", "/sourceConfig")


def find(path: str) -> Route | None:
    """The route of a request's path, with or without slashes around it; None: the address is Django's."""
    path = "/" + path.strip("/")
    if not (path + "/").startswith(_OURS):
        return None
    match path[1:].split("/"):
        case ["v1", "projects", key, "settings"]:
            return Route(Task.SDK_SETTINGS, key=unquote(key))
    return _FIXED.get(path[1:], Route(Task.UNKNOWN))
