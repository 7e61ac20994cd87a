"""One rule of a points score: so many points for an event, or for a condition of the rule language.

    {"event": "Product Viewed", "points": 5, "decay": 30, "most": 3, "per": "day", "group": "browsing"}
    {"rule": {"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}, "points": 10}

`decay`: days over which an event's points fall to 0. `within`: only the events of so many days. `most`: only so many
events count, the latest ones (1: once), in each `per` (day, week, month) or in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from profiles.derived import SCORE_CHANGED
from scoring import fields
from scoring.asking import check_rule, read_rule
from scoring.days import HUNDREDTHS, PERIODS, Days, hundredths
from scoring.errors import ScoreError
from segments import rules
from segments.errors import RuleError
from segments.leaves import Rule
from segments.leaves.filters import Filter
from segments.world import World

LONGEST_DAYS = 1100
_COUNTED, _MOMENT, _DAY = sql.SQL("count(*)"), sql.SQL("occurred_at"), sql.SQL("day")


@dataclass(frozen=True)
class Item:
    """`points` are hundredths; exactly one of `event` and `rule` is there. Days and counts are 0 for without."""

    points: int
    event: str = ""
    where: tuple[Filter, ...] = ()
    rule: Rule | None = None
    decay: int = 0
    within: int = 0
    most: int = 0
    per: str = ""
    group: str = ""
    label: str = ""

    @classmethod
    def parse(cls, value: Any, path: str) -> Item:
        """Read one item; ScoreError with the path."""
        raw = fields.take_object(value, path)
        points = fields.take_number(raw, "points", path)
        if not points or not hundredths(points):
            raise ScoreError(f"{path}.points", _("Give the points, positive or negative."))
        group, label = fields.take_text(raw, "group", path), fields.take_text(raw, "label", path)
        rule, event = raw.pop("rule", None), fields.take_text(raw, "event", path, longest=200)
        if (rule is None) == (not event):
            raise ScoreError(path, _("Choose an event, or a condition."))
        if rule is not None:
            fields.nothing_left(raw, path)
            return cls(hundredths(points), rule=read_rule(rule, f"{path}.rule"), group=group, label=label)
        if event == SCORE_CHANGED:
            raise ScoreError(f"{path}.event", _("A score cannot count the moves of scores."))
        decay, within = (fields.take_count(raw, key, path, LONGEST_DAYS) for key in ("decay", "within"))
        most, per = fields.take_count(raw, "most", path), fields.take_text(raw, "per", path)
        where = tuple(_filters(raw, path))
        fields.nothing_left(raw, path)
        if per and (per not in PERIODS or not most):
            raise ScoreError(f"{path}.per", _("Give how many count at most, per day, week or month."))
        if per and not (decay or within):
            raise ScoreError(f"{path}.per", _("Say within how many days, or over how many the points fall."))
        return cls(hundredths(points), event, where, None, decay, within, most, per, group, label)

    def check(self, world: World, path: str) -> None:
        """ScoreError when a name in it means nothing now. An event that nobody did yet is no mistake."""
        if self.rule:
            check_rule(self.rule, world, f"{path}.rule")

    def words(self, world: World) -> str:
        """What it is for, in the reader's language."""
        if self.label:
            return self.label
        if self.rule:
            return rules.sentence(self.rule, world)
        return f"{self.event} ({_(' and ').join(item.words() for item in self.where)})" if self.where else self.event

    def days(self, at: datetime) -> Days | None:
        """The days whose events count; None: all of them."""
        lengths = [length for length in (self.decay, self.within) if length]
        return Days(at, min(lengths)) if lengths else None

    def totals(self, relation: sql.Composable, at: datetime, world: World) -> sql.Composed:
        """SQL of (profile_id, times, points): how many events count for whom, and what they are worth together."""
        days, happened = self.days(at), self._happened(relation, at, world)
        if days is None or not (self.decay or self.per):
            times = sql.SQL("LEAST({}, {})").format(_COUNTED, sql.Literal(self.most)) if self.most else _COUNTED
            return sql.SQL(
                "SELECT profile_id, times, times * {} AS points"
                " FROM (SELECT profile_id, {} AS times {} GROUP BY profile_id) AS counted"
            ).format(sql.Literal(self.points), times, happened)
        if not self.most:
            left = days.worth(self.points, self.decay, days.place(_MOMENT))
            return sql.SQL("SELECT profile_id, count(*) AS times, sum({}) AS points {} GROUP BY profile_id").format(
                left, happened
            )
        if self.most == 1 and not self.per:
            left = days.worth(self.points, self.decay, days.place(sql.SQL("max(occurred_at)")))
            return sql.SQL("SELECT profile_id, 1::bigint AS times, {}::bigint AS points {} GROUP BY profile_id").format(
                left, happened
            )
        return sql.SQL(
            "SELECT profile_id, sum(times)::bigint AS times, sum(times * {})::bigint AS points"
            " FROM ({}) AS daily WHERE times > 0 GROUP BY profile_id"
        ).format(days.worth(self.points, self.decay, _DAY), self._daily(happened, days))

    def lines(self, relation: sql.Composable, at: datetime, world: World) -> sql.Composed:
        """SQL of (profile_id, day, times, points): the same by day of `days`, day 0 where all events count alike."""
        days, happened = self.days(at), self._happened(relation, at, world)
        if days is None:
            return sql.SQL("SELECT profile_id, 0 AS day, times, points FROM ({}) AS every").format(
                self.totals(relation, at, world)
            )
        return sql.SQL("SELECT profile_id, day, times, times * {} AS points FROM ({}) AS daily WHERE times > 0").format(
            days.worth(self.points, self.decay, _DAY), self._daily(happened, days)
        )

    def _happened(self, relation: sql.Composable, at: datetime, world: World) -> sql.Composed:
        tests: list[sql.Composable] = [
            sql.SQL("name_id = {}").format(sql.Literal(world.events[self.event])),
            sql.SQL("occurred_at <= {}").format(sql.Literal(at)),
        ]
        if days := self.days(at):
            tests.append(sql.SQL("occurred_at >= {}").format(sql.Literal(days.first)))
        tests += [sql.SQL("({})").format(item.holds(at)) for item in self.where]
        return sql.SQL("FROM {} WHERE {}").format(relation, sql.SQL(" AND ").join(tests))

    def _daily(self, happened: sql.Composable, days: Days) -> sql.Composed:
        """SQL of (profile_id, day, times): by day, how many events count. The latest ones do."""
        most = sql.Literal(self.most)
        if not self.most:
            times: sql.Composable = sql.SQL("n")
        elif self.per == "day":
            times = sql.SQL("LEAST(n, {})").format(most)
        else:
            among = sql.SQL(", {}").format(days.period(self.per, _DAY)) if self.per else sql.SQL("")
            before = sql.SQL("(sum(n) OVER (PARTITION BY profile_id {} ORDER BY day DESC))::bigint - n").format(among)
            times = sql.SQL("GREATEST(0, LEAST(n, {} - ({})))").format(most, before)
        return sql.SQL(
            "SELECT profile_id, day, {} AS times"
            " FROM (SELECT profile_id, {} AS day, count(*) AS n {} GROUP BY 1, 2) AS days"
        ).format(times, days.place(_MOMENT), happened)

    def say(self, times: int) -> int | None:
        """How often, where that says something."""
        return None if self.rule else times


def shown(points: int) -> float:
    """Hundredths as points."""
    return points / HUNDREDTHS


def _filters(raw: dict[str, Any], path: str) -> list[Filter]:
    found = raw.pop("where", [])
    try:
        return [Filter.parse(item, "") for item in (found if isinstance(found, list) else [found])]
    except RuleError as error:
        raise ScoreError(f"{path}.where", error.message) from error
