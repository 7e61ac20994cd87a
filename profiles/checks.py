"""What can be applied of a batch, and why the rest cannot. Asks nothing of the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from profiles.derived import RESERVED
from profiles.identity import Usable
from profiles.messages import Message
from profiles.refusals import Reason
from profiles.registry import Registry
from profiles.trait_values import TooDeepError, flat

LONGEST_EVENT: Final = 200
LONGEST_TRAIT: Final = 120
LONGEST_GROUP: Final = 200

Refusals = list[tuple[Message, Reason, str]]

_NOTHING: Mapping[str, Any] = {}


def usable(messages: Iterable[Message], register: Registry, refused: Refusals) -> list[Usable]:
    """The messages that say something about somebody, with their identifiers and traits; the others go to `refused`."""
    found = []
    for message in messages:
        marks = register.marks(message)
        try:
            said = flat(message.traits, message.source.country) if message.traits else _NOTHING
        except TooDeepError:
            refused.append((message, Reason.TOO_DEEP, "traits"))
            continue
        if not marks:
            refused.append((message, Reason.NO_IDENTIFIER, _unusable(message)))
        elif message.name is not None and not 0 < len(message.name) <= LONGEST_EVENT:
            refused.append((message, Reason.BAD_FIELD, f"event: from 1 to {LONGEST_EVENT} characters"))
        elif message.name in RESERVED:
            refused.append((message, Reason.RESERVED_NAME, message.name or ""))
        elif message.group and len(message.group) > LONGEST_GROUP:
            refused.append((message, Reason.BAD_FIELD, f"groupId: at most {LONGEST_GROUP} characters"))
        elif said and max(map(len, said)) > LONGEST_TRAIT:
            refused.append((message, Reason.BAD_FIELD, f"traits: keys of at most {LONGEST_TRAIT} characters"))
        else:
            found.append(Usable(message, marks, said))
    return found


def _unusable(message: Message) -> str:
    """Which identifiers it has that identify nobody; never their values."""
    kinds = ", ".join(dict.fromkeys(kind for kind, _value in message.identifiers))
    return f"blocked, malformed or of an unknown type: {kinds}"[:500] if kinds else ""
