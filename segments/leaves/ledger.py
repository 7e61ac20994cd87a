"""What the ledger tells of a segment: who was ever in it, entered it, left it, stayed in it.

The ledger is asked about people by themselves: who was merged into somebody else is not in these sets, and what the
ledger says of them is not said of the survivor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from psycopg import sql

from segments.bitmaps import BitMap64, ask_rows, ids_literal
from segments.leaves.base import Span
from segments.leaves.member import OfSegment, inside, segment_slug
from segments.leaves.seen import is_open
from segments.parts import SEGMENT, Part, windows, words
from segments.passing import crossed, passes
from segments.windows import EVER, Duration, Window, swept
from segments.wishes import Wish
from segments.world import World

# From when to when somebody was in a segment; None: still is.
Stay = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Recorded(OfSegment):
    """A condition on the ledger of a segment: asked when that segment has moved, within the same refresh."""

    def rows(self, at: datetime, world: World) -> sql.Composable:
        """Boolean SQL over the rows of the ledger, of this segment."""
        raise TypeError(self)

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some = sql.SQL("") if among is None else sql.SQL(" AND profile_id = ANY({})").format(ids_literal(among))
        parts = [
            sql.SQL("SELECT {}::bigint AS key, profile_id FROM {} AND {}{}").format(
                sql.Literal(key), leaf._ledger(world), leaf.rows(at, world), some
            )
            for key, leaf in leaves.items()
        ]
        return ask_rows(sql.SQL(" UNION ALL ").join(parts)) if parts else {}

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        held = self.ask({0: self}, at, BitMap64([profile_id]), world)
        return _("so the ledger says") if held else _("the ledger says no such thing")

    def told(self, stays: Sequence[Stay], at: datetime) -> bool:
        """The same of one person's intervals in the segment: of the ledger as it will be, if nothing happens."""
        raise TypeError(self)

    def passing(self, stays: Sequence[Stay]) -> list[datetime]:
        """When the answer from these intervals may change because time passes."""
        return []

    def _ledger(self, world: World) -> sql.Composable:
        return sql.SQL(
            "segments_membership JOIN profiles_profile AS p ON p.id = profile_id AND p.merged_into IS NULL"
            " WHERE segment_id = {}"
        ).format(sql.Literal(world.segments[self.segment]))

    def _passed(self, column: str, spans: list[tuple[datetime, datetime]], world: World) -> list[Span | sql.Composable]:
        """Who has a run of that column in one of these spans (low, high]."""
        return [
            sql.SQL("SELECT profile_id FROM {} AND {}").format(self._ledger(world), within(column, low, high))
            for low, high in spans
        ]


def within(column: str, low: datetime, high: datetime) -> sql.Composed:
    """Boolean SQL: the run in this column was in (low, high]. Runs are numbered in the order of their times, and the
    ledger has indexes by run.
    """
    return sql.SQL(
        "({0} > coalesce((SELECT max(id) FROM segments_refresh WHERE at <= {1}), 0)"
        " AND {0} <= (SELECT max(id) FROM segments_refresh WHERE at <= {2}))"
    ).format(sql.Identifier(column), sql.Literal(low), sql.Literal(high))


@dataclass(frozen=True)
class Was(Recorded):
    """Was ever a member, be it now."""

    key, label, hint = "was", gettext_lazy("Was a member"), gettext_lazy("was ever in another segment")
    form = (words(gettext_lazy("Was ever in")), SEGMENT)
    examples = ({"segment": "customers"},)

    def rows(self, at: datetime, world: World) -> sql.Composable:
        return sql.SQL("entered_at <= {}").format(sql.Literal(at)) if world.past else sql.SQL("true")

    def told(self, stays: Sequence[Stay], at: datetime) -> bool:
        return bool(stays)

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        return Wish(_("enters “%(segment)s”") % {"segment": self.title(world)}) if wanted else None

    def sentence(self, world: World) -> str:
        return _("was ever in “%(segment)s”") % {"segment": self.title(world)}


@dataclass(frozen=True)
class _Moved(Recorded):
    """Something that the ledger has the run of, in a window."""

    window: Window = EVER

    column = ""

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(segment_slug(raw, path), Window.parse(raw, path))

    def body(self) -> dict[str, Any]:
        return super().body() | self.window.to_json()

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        return self._passed(self.column, self.window.passed(since, until), world)

    def rows(self, at: datetime, world: World) -> sql.Composable:
        return within(self.column, self.window.low(at), self.window.high(at))

    def sentence(self, world: World) -> str:
        return f"{self.said() % {'segment': self.title(world)}} {self.window.words()}".strip()

    def told(self, stays: Sequence[Stay], at: datetime) -> bool:
        low, high = self.window.low(at), self.window.high(at)
        return any(low < moment <= high for moment in self.moved(stays))

    def passing(self, stays: Sequence[Stay]) -> list[datetime]:
        return [when for moment in self.moved(stays) for when in passes(self.window, moment)]

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        if not wanted or not is_open(self.window, at):
            return None
        return Wish(self.moving() % {"segment": self.title(world)})

    def moved(self, stays: Sequence[Stay]) -> list[datetime]:
        """When it happened, by these intervals."""
        raise TypeError(self)

    def moving(self) -> str:
        """That it happens, with a place for the segment."""
        raise TypeError(self)

    def said(self) -> str:
        """That it happened, with a place for the segment."""
        raise TypeError(self)


@dataclass(frozen=True)
class Entered(_Moved):
    """Entered it in the window, whatever came after."""

    key, label, hint = "entered", gettext_lazy("Entered"), gettext_lazy("entered another segment this week")
    form, column = (words(pgettext_lazy("condition", "Entered")), SEGMENT, windows()), "entered_run"
    starts: ClassVar[dict[str, Any]] = {"within": "7 days"}
    examples = ({"segment": "customers", "within": "7 days"},)

    def moved(self, stays: Sequence[Stay]) -> list[datetime]:
        return [entered for entered, _left in stays]

    def moving(self) -> str:
        return _("enters “%(segment)s”")

    def said(self) -> str:
        return _("entered “%(segment)s”")


@dataclass(frozen=True)
class Left(_Moved):
    """Left it in the window, whatever came after."""

    key, label, hint = "left", gettext_lazy("Left"), gettext_lazy("left another segment this week")
    form, column = (words(pgettext_lazy("condition", "Left")), SEGMENT, windows()), "left_run"
    starts: ClassVar[dict[str, Any]] = {"within": "7 days"}
    examples = ({"segment": "customers", "within": "7 days"},)

    def moved(self, stays: Sequence[Stay]) -> list[datetime]:
        return [left for _entered, left in stays if left]

    def moving(self) -> str:
        return _("leaves “%(segment)s”")

    def said(self) -> str:
        return _("left “%(segment)s”")


@dataclass(frozen=True)
class Stayed(Recorded):
    """Is a member, and has been for so long without a break."""

    duration: Duration

    key, label, hint = "stayed", gettext_lazy("Stayed"), gettext_lazy("in another segment for 30 days")
    form = (words(gettext_lazy("Has been in")), SEGMENT, Part("duration", "for", gettext_lazy("for")))
    starts: ClassVar[dict[str, Any]] = {"for": "30 days"}
    examples = ({"segment": "customers", "for": "30 days"},)

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(segment_slug(raw, path), Duration.parse(raw.pop("for", None), path))

    def body(self) -> dict[str, Any]:
        return super().body() | {"for": str(self.duration)}

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        low, high = swept(self.duration, since, until)
        return self._passed("entered_run", [(low, high)] if low < high else [], world)

    def rows(self, at: datetime, world: World) -> sql.Composable:
        since = sql.Literal(self.duration.before(at))
        return sql.SQL("{} AND entered_at <= {}").format(inside(at, world), since)

    def told(self, stays: Sequence[Stay], at: datetime) -> bool:
        return any(left is None and entered <= self.duration.before(at) for entered, left in stays)

    def passing(self, stays: Sequence[Stay]) -> list[datetime]:
        return [when for entered, left in stays if left is None for when in crossed(self.duration, entered)]

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        return None if wanted else Wish(_("leaves “%(segment)s”") % {"segment": self.title(world)})

    def sentence(self, world: World) -> str:
        return _("has been in “%(segment)s” for %(duration)s") % {
            "segment": self.title(world),
            "duration": self.duration.words(),
        }
