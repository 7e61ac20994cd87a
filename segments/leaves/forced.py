"""Who was put into a segment, or is kept out of it, by hand. No condition to choose: the plan adds it to the rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from segments.bitmaps import BitMap64, ask_rows, ids_literal
from segments.leaves.base import Condition, Group, Rule, Span, none
from segments.leaves.member import segment_slug
from segments.wishes import Wish
from segments.world import World


@dataclass(frozen=True)
class Forced(Condition):
    """There is an override of a segment for them, in or out, that was not ended and has not expired.

    Who was merged into somebody else is that person; of two overrides that then disagree, "out" is obeyed.
    """

    segment: str
    inside: bool = True

    key = "forced"
    examples = ({"segment": "customers", "inside": True},)

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Forced:
        return cls(segment_slug(raw, path), raw.pop("inside", True) is True)

    def body(self) -> dict[str, Any]:
        return {"segment": self.segment, "inside": self.inside}

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({topic(self.segment)})

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        # Made or ended by a clock that is ahead of this one, it begins or ends later, when nothing more is said of it.
        passed = _PASSED.format(since=sql.Literal(since), until=sql.Literal(until))
        return [sql.SQL("{} AND {}").format(self._overrides(world), passed)]

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some: sql.Composable = sql.SQL("")
        if among is not None:
            some = sql.SQL(" AND coalesce(p.merged_into, p.id) = ANY({})").format(ids_literal(among))
        parts = [
            sql.SQL("SELECT {}::bigint AS key, forced.profile_id FROM ({} AND {}{}) AS forced").format(
                sql.Literal(key), leaf._overrides(world), _IN_FORCE.format(at=sql.Literal(at)), some
            )
            for key, leaf in leaves.items()
        ]
        return ask_rows(sql.SQL(" UNION ALL ").join(parts)) if parts else {}

    def sentence(self, world: World) -> str:
        named = {"segment": world.titles.get(self.segment, self.segment)}
        if self.inside:
            return _("was put into “%(segment)s” by hand") % named
        return _("is kept out of “%(segment)s” by hand") % named

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        held = self.ask({0: self}, at, BitMap64([profile_id]), world)
        return _("by hand") if held else _("not by hand")

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        query = sql.SQL(
            "SELECT o.expires_at FROM segments_override AS o JOIN profiles_profile AS p ON p.id = o.profile_id"
            " WHERE o.segment_id = {} AND o.inside = {} AND coalesce(p.merged_into, p.id) = {} AND o.expires_at > {}"
            " AND {}"
        ).format(
            sql.Literal(world.segments[self.segment]),
            sql.Literal(self.inside),
            sql.Literal(profile_id),
            sql.Literal(at),
            _IN_FORCE.format(at=sql.Literal(at)),
        )
        connection.ensure_connection()
        return [moment for (moment,) in connection.connection.execute(query).fetchall()]

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        return None

    def _overrides(self, world: World) -> sql.Composable:
        return sql.SQL(
            "SELECT coalesce(p.merged_into, p.id) AS profile_id FROM segments_override AS o"
            " JOIN profiles_profile AS p ON p.id = o.profile_id WHERE o.segment_id = {} AND o.inside = {}"
        ).format(sql.Literal(world.segments[self.segment]), sql.Literal(self.inside))


_IN_FORCE = sql.SQL(
    "o.created_at <= {at} AND (o.ended_at IS NULL OR o.ended_at > {at})"
    " AND (o.expires_at IS NULL OR o.expires_at > {at})"
)
_PASSED = sql.SQL(
    "(o.created_at > {since} AND o.created_at <= {until} OR o.ended_at > {since} AND o.ended_at <= {until}"
    " OR o.expires_at > {since} AND o.expires_at <= {until})"
)


def topic(slug: str) -> str:
    """What Change.topic says when an override of this segment is made or ended."""
    return f"override:{slug}"


def obeying(rule: Rule, slug: str) -> Rule:
    """The rule of a segment with its overrides: (the rule, or put in by hand), and not kept out by hand."""
    return Group("all", (Group("any", (rule, Forced(slug, inside=True))), none(Forced(slug, inside=False))))
