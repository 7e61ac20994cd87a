"""A record against what Kith knows: field by field, three ways. The same for what was read and what is to be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.fitting import blank, heard, same
from connectors.inflow import Inflow
from connectors.mapping import Line
from connectors.models import Conflict, Link
from connectors.ownership import KEEP, PENDING, UNKNOWN, Decision, Move, Owner, Sides, decide

# Whether ours is the later of two: (link, line).
Later = Callable[[Link, Line], bool]
_BENT: Final = "bent"
# Under which Kith takes what it knows nothing of.
_FILLS: Final = frozenset({Owner.CRM, Owner.RECENT, Owner.CRM_UNLESS_BLANK, Owner.KITH_UNLESS_BLANK})


@dataclass
class Compared:
    """What is to be done about one record: `send` and `take` by remote key, in the remote's form."""

    send: dict[str, Any] = field(default_factory=dict)
    take: dict[str, Any] = field(default_factory=dict)
    conflict: bool = False

    def note(self, line: Line, decision: Decision, here: Any, there: Any) -> Any:
        """Keep what is to be done; gives what ours is synchronised as, until it is done."""
        if decision.move is Move.SEND:
            self.send[line.remote] = here
            return PENDING
        if decision.move is Move.TAKE and line.trait:
            self.take[line.remote] = there
            return PENDING
        return here


class Comparison:
    """Compares for one object of a connection."""

    def __init__(self, flow: Inflow) -> None:
        self._flow = flow

    def contested(self, link: Link, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[Line]:
        """The fields of which it matters who was later."""
        for line in self._flow.plan.lines:
            if line.owner == Owner.RECENT and line.trait and line.remote in theirs:
                here, there = ours.get(line.remote), _said(theirs[line.remote])
                if not (blank(here) or blank(there) or self.agrees(line, here, there)):
                    yield line

    def arrived(self, link: Link, ours: Mapping[str, Any], theirs: Mapping[str, Any], later: Later) -> Compared:
        """Theirs has just been read. Moves the bases of what needs nothing more, and lists conflicts."""
        found = Compared()
        for line in self._flow.plan.lines:
            if line.remote not in theirs:
                continue
            here, there = ours.get(line.remote), _said(theirs[line.remote])
            if here == there:
                link.ours[line.remote] = here
                continue
            if (
                here is None
                and there is not None
                and line.remote not in link.ours
                and line.owner in _FILLS
                and line.trait
            ):
                # The most of a first reading, and the same that deciding would come to.
                found.take[line.remote], link.ours[line.remote] = there, PENDING
                continue
            # A field that is new to the mapping was never synchronised, whatever the record said before.
            before = _said(link.shadow.get(line.remote)) if line.remote in link.ours else UNKNOWN
            decision = self._decide(link, line, Sides(here, there, link.ours.get(line.remote, UNKNOWN), before), later)
            if decision.move is Move.SEND and self._comes_back_bent(link, line, here, there):
                decision = KEEP
            if decision.conflict:
                kept = Conflict.Kept.REMOTE if decision.move is Move.TAKE else Conflict.Kept.KITH
                self._flow.disagree(
                    link, Conflict.Reason.BOTH_CHANGED, kept, field=line.remote, ours=here, theirs=there
                )
                found.conflict = True
            link.ours[line.remote] = found.note(line, decision, here, there)
        return found

    def leaving(self, link: Link, ours: Mapping[str, Any], *, full: bool) -> Compared:
        """Ours may have changed; theirs is what was last read. `full`: whatever differs, however long it has."""
        found = Compared()
        for line in self._flow.plan.lines:
            here, there = ours.get(line.remote), _said(link.shadow.get(line.remote))
            if here == there:
                link.ours[line.remote] = here
                continue
            if self._is_bent(link, line, here, there):
                continue
            ours_before = PENDING if full else link.ours.get(line.remote, UNKNOWN)
            if ours_before is UNKNOWN and line.owner == Owner.RECENT and not (blank(here) or blank(there)):
                # Who was later, only a reading tells: a new mapping has everything read again.
                continue
            decision = self._decide(link, line, Sides(here, there, ours_before, there), _never)
            link.ours[line.remote] = found.note(line, decision, here, there)
        return found

    def heard(self, line: Line, value: Any) -> Any:
        """Their value as Kith would keep it."""
        return heard(value, line.trait, self._flow.type_of(line), self._flow.source.country)

    def _decide(self, link: Link, line: Line, sides: Sides, later: Later) -> Decision:
        return decide(
            line.owner, sides, lambda a, b: self.agrees(line, a, b), lambda: later(link, line), blank=line.blank
        )

    def agrees(self, line: Line, a: Any, b: Any) -> bool:
        """Do a value of ours and one of theirs say the same?"""
        if a == b or same(a, b):
            return True
        if not line.trait or blank(a) or blank(b) or PENDING in (a, b):
            return False
        # "06 12 34 56 78" there is "+33612345678" here.
        return same(a, self.heard(line, b)) or same(self.heard(line, a), b)

    def _comes_back_bent(self, link: Link, line: Line, here: Any, there: Any) -> bool:
        """What a system makes of what we write is no change of anybody's: the second time, it is left alone."""
        if self._is_bent(link, line, here, there):
            return True
        if not (same(link.ours.get(line.remote), here) and same(link.shadow.get(line.remote), here)):
            return False
        wrote, became, *_times = link.bent.get(line.remote) or (None, None)
        if not (same(wrote, here) and same(became, there)):
            link.bent[line.remote] = [here, there]
            return False
        link.bent[line.remote] = [here, there, _BENT]
        self._flow.disagree(link, Conflict.Reason.BENT, Conflict.Kept.BOTH, field=line.remote, ours=here, theirs=there)
        return True

    @staticmethod
    def _is_bent(link: Link, line: Line, here: Any, there: Any) -> bool:
        bent = link.bent.get(line.remote)
        return bool(bent and bent[-1] == _BENT and same(bent[0], here) and same(bent[1], there))


def _never(_link: Link, _line: Line) -> bool:
    """Theirs did not change: there is nothing to be later than."""
    return False


def _said(value: Any) -> Any:
    return None if blank(value) else value
