"""What a person did: "Order Completed at least twice in the last 30 days, where category is shoes"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from psycopg import sql

from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves.base import Group, Rule, Span, none
from segments.leaves.filters import Filters, event_name, filters_json, filters_words, parse_filters
from segments.leaves.happened import EVENTS, Happened, inside, named, queries
from segments.leaves.seen import AHEAD, MOST, inside_count, is_open, reach, seen, steady, unsteady
from segments.parts import EVENT, FILTERS, Part, windows
from segments.passing import changes, passes
from segments.tally import Events, often
from segments.windows import EVER, Window
from segments.wishes import Wish
from segments.world import World


@dataclass(frozen=True)
class Did(Happened):
    """An event was counted at least (a leaf), at most, or exactly so many times in a window.

    "At most" and "exactly" are sets of "at least": never is the complement of once.
    """

    event: str
    count: int = 1
    comparison: str = "at_least"
    window: Window = EVER
    where: Filters = ()

    key, label, hint = "did", gettext_lazy("Event"), gettext_lazy("bought, viewed, opened… or never did")
    common = True
    form, starts = (Part("did"), EVENT, Part("count"), windows(), FILTERS), {"at_least": 1}
    examples = (
        {"event": "Order Completed", "at_least": 2, "within": "30 days"},
        {"event": "Product Viewed", "where": [{"property": "category", "op": "is", "value": "shoes"}]},
        {"event": "Order Completed", "none": True, "between": ["60 days", "30 days"]},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Did:
        event = event_name(raw, path)
        given = {key: raw.pop(key) for key in ("at_least", "at_most", "exactly", "none") if key in raw}
        counts = given or {"at_least": 1}
        if len(counts) > 1:
            raise RuleError(path, _("Give one count, not several."))
        ((comparison, count),) = counts.items()
        if comparison == "none":
            comparison, count = "exactly", 0 if count is True else None
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 1_000_000:
            raise RuleError(path, _("Give how many times, as a whole number."))
        window = Window.parse(raw, path)
        return cls(event, count, comparison, window, parse_filters(raw, path))

    def body(self) -> dict[str, Any]:
        return {
            "event": self.event,
            self.comparison: self.count,
            **self.window.to_json(),
            **filters_json(self.where),
        }

    def normal(self) -> Rule:
        def at_least(count: int) -> Rule:
            # Everybody did it at least zero times.
            return replace(self, comparison="at_least", count=count) if count else none()

        if self.comparison == "at_least":
            return self if self.count else none()
        if self.comparison == "at_most":
            return none(at_least(self.count + 1))
        return Group("all", (at_least(self.count), none(at_least(self.count + 1))))

    @property
    def detailed(self) -> bool:  # type: ignore[override]  # here it depends on the leaf
        return bool(self.where)

    def names(self) -> frozenset[str]:
        return frozenset({self.event})

    def lows(self, at: datetime) -> Mapping[str, datetime]:
        return {self.event: self.window.low(at)}

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        spans = [Span(self.event, low, high) for low, high in self.window.passed(since, until)]
        return [*spans, *self.aged(self.event, self.where, since, until, world)]

    @classmethod
    def parts(cls, leaves: dict[int, Self], at: datetime, world: World) -> list[sql.Composable]:
        # Leaves without filters go in as rows. Where the window reaches up to now, the oldest of the newest events that
        # make the count decides, whatever the window; the others are counted, in one grouped pass.
        parts: list[sql.Composable] = queries({key: leaf for key, leaf in leaves.items() if leaf.where}, at, world)
        recent: list[sql.Composable] = []
        counted: list[sql.Composable] = []
        for key, leaf in leaves.items():
            if not leaf.where:
                rows = recent if leaf.window.high(at) == at else counted
                rows.append(leaf._row(key, at, world))
        if recent:
            parts.append(_NEWEST.format(rows=sql.SQL(", ").join(recent), at=sql.Literal(at)))
        if counted:
            parts.append(_COUNTED.format(rows=sql.SQL(", ").join(counted)))
        return parts

    def of_everybody(self, at: datetime, world: World) -> BitMap64:
        return often(self._events(at, world), self.count)

    def query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        enough = sql.SQL("HAVING count(*) >= {}").format(sql.Literal(self.count)) if self.count > 1 else sql.SQL("")
        return sql.SQL("SELECT profile_id FROM {relation} WHERE {happened} GROUP BY profile_id {enough}").format(
            relation=relation, happened=self._happened(at, world), enough=enough
        )

    def _happened(self, at: datetime, world: World) -> sql.Composed:
        return sql.SQL("{} AND {}").format(
            inside(self.window.low(at), self.window.high(at)), named(self.event, self.where, at, world)
        )

    def _events(self, at: datetime, world: World) -> Events:
        tests = tuple(item.holds(at) for item in self.where)
        return Events(world.events[self.event], self.window.low(at), self.window.high(at), tests)

    def _row(self, key: int, at: datetime, world: World) -> sql.Composed:
        """What `_NEWEST` and `_COUNTED` need to know of it."""
        return sql.SQL("({}::bigint, {}::smallint, {}::timestamptz, {}::timestamptz, {}::bigint)").format(
            sql.Literal(key),
            sql.Literal(world.events[self.event]),
            sql.Literal(self.window.low(at)),
            sql.Literal(self.window.high(at)),
            sql.Literal(self.count),
        )

    def sentence(self, world: World) -> str:
        parts = [self._count_words(), self.window.words(), filters_words(self.where)]
        return " ".join(part for part in parts if part)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        count = self._times(at, profile_id, world)
        return ngettext("%d time", "%d times", count) % count if count else _("never")

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        window, enough = self.window, self.count + AHEAD
        if not steady(self.where):
            return unsteady(
                profile_id,
                self.event,
                self.where,
                at=at,
                world=world,
                window=window,
                passing=lambda when: passes(window, when),
            )
        if window.far and window.near:
            times = self._seen(profile_id, at, world, since=reach(window, at))
            whole = len(times) < MOST
        elif window.far:  # It ends when the last event that makes the count goes out.
            times = self._seen(profile_id, at, world, newest=True, most=enough)
            whole = True
        elif window.near:  # It begins when the first event that makes the count comes in.
            times = self._seen(profile_id, at, world, most=enough)
            whole = True
        else:
            return self._seen(profile_id, at, world, since=at)
        decisive = times
        if whole and not window.near:
            decisive = [when for number, when in enumerate(times) if number >= self.count - 1 or when > at]
        return changes(
            [moment for when in decisive for moment in passes(window, when)],
            at,
            lambda moment: inside_count(times, window, moment) >= self.count,
            whole=whole,
        )

    def _seen(self, profile_id: int, at: datetime, world: World, **how: Any) -> list[datetime]:
        return [when for when, _one in seen(profile_id, self.event, self.where, at=at, world=world, **how)]

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        if not wanted or not is_open(self.window, at):
            return None
        done = self._times(at, profile_id, world)
        missing = self.count - done
        if done:
            words = ngettext("one more %(event)s", "%(count)d more %(event)s", missing)
        else:
            words = _("%(count)d times %(event)s") if missing > 1 else "%(event)s"
        words = words % {"event": self.event, "count": missing}
        said = " ".join(part for part in (words, filters_words(self.where)) if part)
        return Wish(said, self.event, missing, self.where)

    def would(self, wish: Wish, at: datetime, profile_id: int, world: World) -> bool | None:
        # Whether the event would have what other filters ask is not known.
        if wish.event != self.event or not set(self.where) <= set(wish.where) or not is_open(self.window, at):
            return None
        return self._times(at, profile_id, world) + wish.times >= self.count

    def _times(self, at: datetime, profile_id: int, world: World) -> int:
        """How often one person did it."""
        if self.event not in world.events:
            return 0
        query = sql.SQL("SELECT count(*) FROM {} WHERE profile_id = {} AND {}").format(
            EVENTS, sql.Literal(profile_id), self._happened(at, world)
        )
        connection.ensure_connection()
        row = connection.connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _count_words(self) -> str:
        event = {"event": self.event, "count": self.count}
        if self.comparison == "exactly" and not self.count:
            return _("never did %(event)s") % event
        if self.comparison == "at_least" and self.count == 1:
            return _("did %(event)s") % event
        return {
            "at_least": ngettext(
                "did %(event)s at least %(count)d time", "did %(event)s at least %(count)d times", self.count
            ),
            "at_most": ngettext(
                "did %(event)s at most %(count)d time", "did %(event)s at most %(count)d times", self.count
            ),
            "exactly": ngettext(
                "did %(event)s exactly %(count)d time", "did %(event)s exactly %(count)d times", self.count
            ),
        }[self.comparison] % event


_NEWEST = sql.SQL(
    "SELECT asked.key, profile_id FROM (VALUES {rows}) AS asked (key, name_id, low, high, enough) JOIN ("
    "SELECT profile_id, name_id, occurred_at, row_number() OVER ("
    "PARTITION BY profile_id, name_id ORDER BY occurred_at DESC) AS number FROM happened WHERE occurred_at <= {at}"
    ") AS newest ON newest.name_id = asked.name_id AND number = enough AND occurred_at > low"
)
_COUNTED = sql.SQL(
    "SELECT asked.key, profile_id FROM (VALUES {rows}) AS asked (key, name_id, low, high, enough)"
    " JOIN happened ON happened.name_id = asked.name_id AND occurred_at > low AND occurred_at <= high"
    " GROUP BY asked.key, profile_id, enough HAVING count(*) >= enough"
)
