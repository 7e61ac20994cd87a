"""Who is in another segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.bitmaps import BitMap64, ask_rows, ids_literal
from segments.errors import RuleError
from segments.leaves.base import Condition
from segments.parts import SEGMENT, words
from segments.wishes import Wish
from segments.world import World


@dataclass(frozen=True)
class OfSegment(Condition):
    """A condition on another segment, which is computed before; segments must not ask each other in a circle."""

    segment: str

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(segment_slug(raw, path))

    def body(self) -> dict[str, Any]:
        return {"segment": self.segment}

    def check(self, world: World, path: str) -> None:
        if self.segment not in world.segments:
            raise RuleError(path, _("The segment “%(slug)s” does not exist.") % {"slug": self.segment})

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({f"segment:{self.segment}"})

    def title(self, world: World) -> str:
        """What the segment is called."""
        return world.titles.get(self.segment, self.segment)


def segment_slug(raw: dict[str, Any], path: str) -> str:
    """Take `segment` out of the JSON of a condition."""
    segment = raw.pop("segment", None)
    if not isinstance(segment, str) or not segment:
        raise RuleError(path, _("Choose a segment."))
    return segment


def inside(at: datetime, world: World) -> sql.Composable:
    """Boolean SQL over the rows of the ledger: who is in, or was in at a past moment and is still somebody."""
    return _THEN.format(at=sql.Literal(at)) if world.past else sql.SQL("left_at IS NULL")


_THEN = sql.SQL(
    "entered_at <= {at} AND (left_at IS NULL OR left_at > {at})"
    " AND EXISTS (SELECT FROM profiles_profile AS p WHERE p.id = profile_id AND p.merged_into IS NULL)"
)


@dataclass(frozen=True)
class In(OfSegment):
    """Is a member of a segment now. Its set is kept by that segment's own transitions, not by asking."""

    key, label, hint = "in", gettext_lazy("Segment"), gettext_lazy("is in another segment")
    common = True
    form = (words(gettext_lazy("Is in")), SEGMENT)
    examples = ({"segment": "customers"},)

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        keys = {world.segments[leaf.segment]: key for key, leaf in leaves.items()}
        some = sql.SQL("") if among is None else sql.SQL("AND profile_id = ANY({})").format(ids_literal(among))
        rows = ask_rows(
            sql.SQL(
                "SELECT segment_id AS key, profile_id FROM segments_membership"
                " WHERE {} AND segment_id = ANY({}::bigint[]) {}"
            ).format(inside(at, world), sql.Literal(list(keys)), some)
        )
        return {keys[segment_id]: members for segment_id, members in rows.items()}

    def sentence(self, world: World) -> str:
        return _("is in “%(segment)s”") % {"segment": self.title(world)}

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        return _("is a member") if self.ask({0: self}, at, BitMap64([profile_id]), world) else _("is not a member")

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        named = {"segment": self.title(world)}
        return Wish((_("enters “%(segment)s”") if wanted else _("leaves “%(segment)s”")) % named)
