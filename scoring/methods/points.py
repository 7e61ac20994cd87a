"""Points: so many for what somebody did and is, falling day by day, capped by group and in all.

{"items": [{"event": "Order Completed", "points": 20, "decay": 90, "group": "buying"}, ...],
 "groups": {"buying": {"most": 60}}, "most": 100, "least": 0, "audience": {rule} or nothing: everybody,
 "bands": [{"name": "cold"}, {"name": "warm", "enter": 20, "leave": 15}, {"name": "hot", "enter": 60}],
 "notable": 15}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from scoring import fields
from scoring.asking import check_rule, people, read_rule
from scoring.bands import default_notable, read_bands
from scoring.days import hundredths
from scoring.errors import ScoreError
from scoring.happened import Happened
from scoring.items import Item, shown
from scoring.methods.base import Asked, Band, Method, Row
from segments.bitmaps import BitMap64, ids_literal
from segments.leaves import Rule
from segments.present import PRESENT
from segments.world import World

MOST_ITEMS = 50


@dataclass(frozen=True)
class Points(Method):
    """The sum of visible lines: what each item gave, and what the caps took away. All in hundredths."""

    items: tuple[Item, ...]
    groups: tuple[tuple[str, int], ...] = ()
    most: int | None = None
    least: int | None = None
    steps: tuple[Band, ...] = ()
    significant: float = 0
    audience: Rule | None = None

    key = "points"
    label = gettext_lazy("Points")
    description = gettext_lazy("Points for what people do and are, falling with time.")
    example = {
        "items": [
            {"event": "Order Completed", "points": 20, "decay": 90, "group": "buying"},
            {"event": "Product Viewed", "points": 2, "decay": 30, "most": 5, "per": "day", "group": "browsing"},
            {"event": "Email Unsubscribed", "points": -15, "within": 180, "most": 1},
            {"rule": {"inactive": {"for": "60 days"}}, "points": -10, "label": "Not seen for 60 days"},
        ],
        "groups": {"browsing": {"most": 30}},
        "most": 100,
        "least": 0,
        "bands": [{"name": "cold"}, {"name": "warm", "enter": 20, "leave": 15}, {"name": "hot", "enter": 60}],
    }

    @classmethod
    def parse(cls, config: dict[str, Any]) -> Points:
        raw = fields.take_list(config, "items", most=MOST_ITEMS)
        if not raw:
            raise ScoreError("items", _("Give points for something."))
        items = tuple(Item.parse(item, f"items.{at}") for at, item in enumerate(raw))
        bands = read_bands(fields.take_list(config, "bands", most=10), "bands")
        notable = fields.take_number(config, "notable")
        most, least = fields.take_number(config, "most", most=1e9), fields.take_number(config, "least", most=1e9)
        if most is not None and least is not None and most <= least:
            raise ScoreError("most", _("The most must be over the least."))
        audience = config.pop("audience", None)
        return cls(
            items=items,
            groups=_groups(config.pop("groups", None) or {}, items),
            most=None if most is None else hundredths(most),
            least=None if least is None else hundredths(least),
            steps=bands,
            significant=default_notable(bands) if notable is None else abs(notable),
            audience=read_rule(audience, "audience") if audience else None,
        )

    def check(self, world: World) -> None:
        for at, item in enumerate(self.items):
            item.check(world, f"items.{at}")
        if self.audience:
            check_rule(self.audience, world, "audience")

    def rules(self) -> list[tuple[str, Rule]]:
        found = [(f"items.{at}.rule", item.rule) for at, item in enumerate(self.items) if item.rule]
        return [*found, ("audience", self.audience)] if self.audience else found

    @property
    def bands(self) -> tuple[Band, ...]:
        return self.steps

    @property
    def notable(self) -> float:
        return self.significant

    def scores(self, asked: Asked) -> sql.Composable:
        tables, parts = self._earned(asked)
        times, points = ([sql.Identifier(f"{kind}{at}") for at in range(len(self.items))] for kind in "tp")
        columns = [
            sql.SQL("max(times) FILTER (WHERE item = {0}) AS {1}, max(points) FILTER (WHERE item = {0}) AS {2}").format(
                sql.Literal(at), times[at], points[at]
            )
            for at in range(len(self.items))
        ]
        earned = sql.SQL(" UNION ALL ").join(parts) if parts else _NOTHING
        known = [sql.SQL("COALESCE({}, 0)").format(name) for pair in zip(times, points, strict=True) for name in pair]
        return sql.SQL(
            "WITH {tables} earned AS ({earned}), summed AS (SELECT profile_id, {columns} FROM earned GROUP BY 1)"
            " SELECT p.id AS profile_id, ({total})::float8 / 100 AS value,"
            " CASE WHEN summed.profile_id IS NULL THEN '[]'::jsonb ELSE jsonb_build_array({known}) END AS parts,"
            " NULL::text AS band FROM {population} LEFT JOIN summed ON summed.profile_id = p.id"
        ).format(
            tables=sql.SQL("").join(sql.SQL("{}, ").format(table) for table in tables),
            earned=earned,
            columns=sql.SQL(", ").join(columns),
            total=self._capped(known[1::2]),
            known=sql.SQL(", ").join(known),
            population=self._population(asked),
        )

    def told(self, parts: Any) -> list[Row]:
        given = list(zip(self.items, self._words, parts[::2], parts[1::2], strict=True)) if parts else []
        rows = [Row(words, shown(points), item.say(times)) for item, words, times, points in given if times]
        rows.sort(key=lambda row: -abs(row.points))
        return rows + self._limits([(item, points) for item, _words, _times, points in given])

    @cached_property
    def _words(self) -> list[str]:
        # A condition says what its attributes are called now.
        world = World.now() if any(item.rule and not item.label for item in self.items) else _NO_WORLD
        return [item.words(world) for item in self.items]

    def rows(self, profile_id: int, asked: Asked) -> list[Row]:
        earned: list[tuple[Item, int]] = []
        found: list[Row] = []
        for item, day, times, points in self._lines(profile_id, asked):
            earned.append((item, points))
            found.append(Row(item.words(asked.world), shown(points), item.say(times), day))
        found.sort(key=lambda row: (str(row.at or "9"), abs(row.points)), reverse=True)
        return found + self._limits(earned)

    # --- What was earned ---------------------------------------------------------------------------

    def _happened(self, asked: Asked) -> tuple[Happened, list[tuple[int, Item]]]:
        """Where to read, and the items of events that happened at all."""
        known = [(at, item) for at, item in enumerate(self.items) if item.event in asked.world.events]
        since: dict[int, datetime | None] = {}
        for _at, item in known:
            name, days = asked.world.events[item.event], item.days(asked.at)
            low, before = days.first if days else None, since.get(name)
            since[name] = low if name not in since else (min(low, before) if low and before else None)
        told = frozenset(asked.world.events[item.event] for _at, item in known if item.where)
        return Happened(since, told, asked.at, asked.among), known

    def _earned(self, asked: Asked) -> tuple[list[sql.Composable], list[sql.Composable]]:
        """Tables to begin with, and a query of (item, profile_id, times, points) for each item."""
        happened, known = self._happened(asked)
        parts: list[sql.Composable] = [
            sql.SQL("SELECT {} AS item, profile_id, times, points FROM ({}) AS a").format(
                sql.Literal(at),
                item.totals(happened.told if item.where else happened.plain, asked.at, asked.world),
            )
            for at, item in known
        ]
        for at, who in self._held(asked):
            parts.append(
                sql.SQL(
                    "SELECT {} AS item, profile_id, 1::bigint AS times, {}::bigint AS points"
                    " FROM unnest({}) AS profile_id"
                ).format(sql.Literal(at), sql.Literal(self.items[at].points), ids_literal(who))
            )
        return happened.tables, parts

    def _held(self, asked: Asked) -> list[tuple[int, BitMap64]]:
        """The items of conditions, with the people for whom they hold."""
        wanted = [(at, item.rule) for at, item in enumerate(self.items) if item.rule]
        answers = people([rule for _at, rule in wanted], asked.at, asked.among, asked.world) if wanted else []
        return [(at, who) for (at, _rule), who in zip(wanted, answers, strict=True)]

    def _lines(self, profile_id: int, asked: Asked) -> list[tuple[Item, Any, int, int]]:
        """(item, day, times, hundredths) of one person."""
        happened, known = self._happened(asked)
        lines: list[tuple[Item, Any, int, int]] = []
        if known:
            parts = [
                sql.SQL("SELECT {} AS item, profile_id, day, times, points::bigint FROM ({}) AS a").format(
                    sql.Literal(at), item.lines(happened.told if item.where else happened.plain, asked.at, asked.world)
                )
                for at, item in known
            ]
            query = sql.SQL("WITH {} {}").format(
                sql.SQL(", ").join(happened.tables), sql.SQL(" UNION ALL ").join(parts)
            )
            with connection.cursor() as cursor:
                cursor.execute(query)
                for at, _profile, day, times, points in cursor.fetchall():
                    days = self.items[at].days(asked.at)
                    lines.append((self.items[at], days.days[day - 1] if days and day else None, times, points))
        held = [(self.items[at], None, 1, self.items[at].points) for at, who in self._held(asked) if profile_id in who]
        return lines + held

    def _population(self, asked: Asked) -> sql.Composable:
        if self.audience:
            (who,) = people([self.audience], asked.at, asked.among, asked.world)
            return sql.SQL("unnest({}) AS p (id)").format(ids_literal(who))
        some = sql.SQL("") if asked.among is None else sql.SQL("AND p.id = ANY({})").format(ids_literal(asked.among))
        return sql.SQL("(SELECT p.id FROM {} {}) AS p").format(PRESENT, some)

    # --- The caps, in SQL and in words ---------------------------------------------------------------

    def _capped(self, points: Sequence[sql.Composable]) -> sql.Composable:
        caps = dict(self.groups)
        sums: list[sql.Composable] = [points[at] for at, item in enumerate(self.items) if item.group not in caps]
        for group, most in self.groups:
            inside = [points[at] for at, item in enumerate(self.items) if item.group == group]
            sums.append(sql.SQL("LEAST({}, {})").format(sql.Literal(most), sql.SQL(" + ").join(inside)))
        total: sql.Composable = sql.SQL(" + ").join(sums)
        if self.most is not None:
            total = sql.SQL("LEAST({}, {})").format(sql.Literal(self.most), total)
        return total if self.least is None else sql.SQL("GREATEST({}, {})").format(sql.Literal(self.least), total)

    def _limits(self, earned: Sequence[tuple[Item, int]]) -> list[Row]:
        """What the caps took away, or gave, as lines: so that the lines add up."""
        rows: list[Row] = []
        total = sum(points for _item, points in earned)
        for group, most in self.groups:
            inside = sum(points for item, points in earned if item.group == group)
            if inside > most:
                label = _("At most %(points)s for “%(group)s”") % {"points": _plain(most), "group": group}
                rows.append(Row(label, shown(most - inside)))
                total += most - inside
        if self.most is not None and total > self.most:
            rows.append(Row(_("At most %s in all") % _plain(self.most), shown(self.most - total)))
            total = self.most
        if self.least is not None and total < self.least:
            rows.append(Row(_("Never under %s") % _plain(self.least), shown(self.least - total)))
        return rows


_NOTHING = sql.SQL("SELECT 0 AS item, 0::bigint AS profile_id, 0::bigint AS times, 0::bigint AS points WHERE false")
_NO_WORLD = World({}, {}, {}, {})


def _plain(points: int) -> str:
    return f"{shown(points):g}"


def _groups(raw: Any, items: Sequence[Item]) -> tuple[tuple[str, int], ...]:
    found = []
    named = {item.group for item in items}
    for group, value in fields.take_object(raw, "groups").items():
        path = f"groups.{group}"
        limits = fields.take_object(value, path)
        most = fields.take_number(limits, "most", path, most=1e9)
        fields.nothing_left(limits, path)
        if most is None:
            raise ScoreError(f"{path}.most", _("Give the most points of this group."))
        if group not in named:
            raise ScoreError(path, _("No item is in this group."))
        found.append((group, hundredths(most)))
    return tuple(found)
