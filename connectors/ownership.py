"""Whose word counts, field by field: what is here, what is there, and what both were when they last agreed.

Nothing here knows the database or the remote. Values are in the remote's form (values.py); None is a blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.fitting import same


class Owner(models.TextChoices):
    """Who may change a field."""

    KITH = "kith", _("Kith")
    CRM = "crm", _("the CRM")
    RECENT = "recent", _("whoever changed it last")
    CRM_UNLESS_BLANK = "crm_unless_blank", _("the CRM, Kith where it is blank")
    KITH_UNLESS_BLANK = "kith_unless_blank", _("Kith, the CRM where it is blank")
    OFF = "off", _("nobody: not synchronised")


class Move(Enum):
    """What is to be done about a field."""

    KEEP = "keep"
    # Kith takes theirs.
    TAKE = "take"
    # Kith writes its own.
    SEND = "send"


class _Unknown:
    """No value: never synchronised."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
# Stands for what was last synchronised of ours when it was decided that ours is to be sent, until it is.
PENDING: Final = {"pending": True}


@dataclass(frozen=True, slots=True)
class Sides:
    """A field here and there, now and at the last synchronisation (UNKNOWN: there was none)."""

    ours: Any
    theirs: Any
    ours_before: Any = UNKNOWN
    theirs_before: Any = UNKNOWN


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do; `conflict`: both sides had changed it, to different values."""

    move: Move
    conflict: bool = False


KEEP: Final = Decision(Move.KEEP)


def decide(
    owner: str,
    sides: Sides,
    agree: Callable[[Any, Any], bool],
    ours_is_later: Callable[[], bool],
    *,
    blank: bool = False,
) -> Decision:
    """Compare three ways. `agree` is for one of ours and one of theirs, `ours_is_later` is asked when it matters.

    A blank is never sent, unless the field opts in (`blank`), and never taken: an empty field says nothing.
    Where neither side changed, a difference was agreed to, and stays.
    """
    if owner == Owner.OFF or agree(sides.ours, sides.theirs):
        return KEEP
    here = sides.ours_before is UNKNOWN or not same(sides.ours, sides.ours_before)
    there = sides.theirs_before is UNKNOWN or not same(sides.theirs, sides.theirs_before)
    if not here and not there:
        return KEEP
    known = sides.ours_before is not UNKNOWN and sides.theirs_before is not UNKNOWN
    move = _winner(owner, sides, here, there, ours_is_later)
    if (move is Move.SEND and sides.ours is None and not blank) or (move is Move.TAKE and sides.theirs is None):
        move = Move.KEEP
    return Decision(move, conflict=here and there and known)


def _winner(owner: str, sides: Sides, here: bool, there: bool, ours_is_later: Callable[[], bool]) -> Move:
    match owner:
        case Owner.KITH:
            return Move.SEND
        case Owner.CRM:
            return Move.TAKE
        case Owner.CRM_UNLESS_BLANK:
            return Move.SEND if sides.theirs is None else Move.TAKE
        case Owner.KITH_UNLESS_BLANK:
            return Move.TAKE if sides.ours is None else Move.SEND
        case Owner.RECENT:
            return _latest(sides, here, there, ours_is_later)
    raise ValueError(owner)


def _latest(sides: Sides, here: bool, there: bool, ours_is_later: Callable[[], bool]) -> Move:
    if here != there:
        return Move.SEND if here else Move.TAKE
    # Of two that never met, the one that says something; a blank there may have been made by somebody.
    if sides.ours is None or sides.theirs is None:
        return Move.TAKE if sides.ours is None else Move.SEND
    return Move.SEND if ours_is_later() else Move.TAKE
