"""RFM: how recently, how often and for how much people bought, in fifths of everybody who did, and eleven groups.

    {"event": "Order Completed", "refunds": "Order Refunded", "within": 365}

Equal behaviour gets equal points, never a throw of the dice, so that a fifth may be empty. A value that many people
share gets the fifth in which the middle of these people lies; of frequency, the lowest that they reach: who bought
once, as most people did in most shops, is not called frequent for it.
Under FEWEST buyers fifths would mean nothing, and nobody is scored: the model says how many are missing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from psycopg import sql

from profiles.money import worded
from scoring import fields
from scoring.days import Days
from scoring.errors import ScoreError, TooFewError
from scoring.happened import Happened
from scoring.methods.base import Asked, Band, Method, Row
from segments.windows import today

FEWEST = 25
FIFTHS = 5
DEFAULT_DAYS = 365
LONGEST_DAYS = 3650
MEASURES = ("recency", "frequency", "monetary")


class Group(NamedTuple):
    """One of the eleven; its key is what rules compare."""

    label: str | Promise
    tone: str


GROUPS: dict[str, Group] = {
    "Lost": Group(gettext_lazy("Lost"), "bad"),
    "Hibernating": Group(gettext_lazy("Hibernating"), "bad"),
    "At Risk": Group(gettext_lazy("At Risk"), "bad"),
    "Cannot Lose Them": Group(gettext_lazy("Cannot Lose Them"), "bad"),
    "About to Sleep": Group(gettext_lazy("About to Sleep"), "warn"),
    "Need Attention": Group(gettext_lazy("Need Attention"), "warn"),
    "Promising": Group(gettext_lazy("Promising"), ""),
    "New Customers": Group(gettext_lazy("New Customers"), ""),
    "Potential Loyalist": Group(gettext_lazy("Potential Loyalist"), "good"),
    "Loyal": Group(gettext_lazy("Loyal"), "good"),
    "Champions": Group(gettext_lazy("Champions"), "good"),
}
# Frequency and monetary value together, 1 to 5, by their sum from 2 to 10: halves go away from the middle.
TOGETHER = (1, 1, 2, 2, 3, 4, 4, 5, 5)
# By recency (1 to 5, from the top), then by frequency and monetary value together: total, none overlaps.
GRID = (
    ("Lost", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("About to Sleep", "About to Sleep", "Need Attention", "Loyal", "Loyal"),
    ("Promising", "Potential Loyalist", "Potential Loyalist", "Loyal", "Loyal"),
    ("New Customers", "Potential Loyalist", "Potential Loyalist", "Champions", "Champions"),
)


@dataclass(frozen=True)
class Rfm(Method):
    """The value is the sum of the three fifths, 3 to 15; the band is the group."""

    event: str
    refunds: str = ""
    within: int = DEFAULT_DAYS

    key = "rfm"
    label = gettext_lazy("RFM")
    description = gettext_lazy("How recently, how often and for how much people buy, compared with everybody.")
    example = {"event": "Order Completed", "refunds": "Order Refunded", "within": 365}

    @classmethod
    def parse(cls, config: dict[str, Any]) -> Rfm:
        event = fields.take_text(config, "event", longest=200)
        if not event:
            raise ScoreError("event", _("Choose the event of a purchase."))
        refunds = fields.take_text(config, "refunds", longest=200)
        return cls(event, refunds, fields.take_count(config, "within", most=LONGEST_DAYS) or DEFAULT_DAYS)

    @property
    def bands(self) -> tuple[Band, ...]:
        return tuple(Band(key, str(group.label), tone=group.tone) for key, group in GROUPS.items())

    @property
    def thresholds(self) -> bool:
        return False

    @property
    def notable(self) -> float:
        return 3.0

    @classmethod
    def band_label(cls, key: str) -> str:
        group = GROUPS.get(key)
        return str(group.label) if group else key

    def learn(self, asked: Asked) -> dict[str, Any]:
        """The borders of the fifths, of everybody who bought, and the share of the most frequent value."""
        measures = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} AS measure, {} AS v FROM bought").format(sql.Literal(name), column)
            for name, column in zip(MEASURES, _VALUES, strict=True)
        )
        query = _BORDERS.format(bought=self._bought(asked), measures=measures)
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = {row[0]: row[1:] for row in cursor.fetchall()}
        count = int(rows[MEASURES[0]][0]) if rows else 0
        if count < FEWEST:
            words = ngettext(
                "Not enough people yet: %(count)d of %(needed)d has bought something.",
                "Not enough people yet: %(count)d of %(needed)d have bought something.",
                count,
            )
            raise TooFewError(words % {"count": count, "needed": FEWEST})
        return {
            "people": count,
            "borders": {name: [int(border) for border in rows[name][2:] if border is not None] for name in MEASURES},
            "same": {name: round(float(rows[name][1]) / count, 3) for name in MEASURES},
        }

    def scores(self, asked: Asked) -> sql.Composable:
        borders = asked.learned["borders"]
        fifths = [
            sql.SQL("1 + width_bucket({}::bigint, {}::bigint[])").format(column, sql.Literal(borders[name]))
            for name, column in zip(MEASURES, _VALUES, strict=True)
        ]
        return _SCORES.format(
            bought=self._bought(asked),
            fifths=sql.SQL(", ").join(
                sql.SQL("{} AS {}").format(fifth, sql.Identifier(name))
                for fifth, name in zip(fifths, "rfm", strict=True)
            ),
            grid=sql.Literal([band for line in GRID for band in line]),
            together=sql.Literal(list(TOGETHER)),
        )

    def told(self, parts: Any) -> list[Row]:
        days, r, count, f, spent, m = parts
        bought = ngettext("%(count)d purchase", "%(count)d purchases", count) % {"count": count}
        ago = ngettext("%(days)d day ago", "%(days)d days ago", days) % {"days": days} if days else _("today")
        return [
            Row(_("Recency: last purchase %(when)s") % {"when": ago}, r),
            Row(_("Frequency: %(purchases)s") % {"purchases": bought}, f, count),
            Row(_("Monetary value: %(amount)s") % {"amount": worded(spent)}, m),
        ]

    def rows(self, profile_id: int, asked: Asked) -> list[Row]:
        with connection.cursor() as cursor:
            query = sql.SQL("SELECT parts::text FROM ({}) AS scored WHERE profile_id = {}").format(
                self.scores(asked), sql.Literal(profile_id)
            )
            cursor.execute(query)
            found = cursor.fetchone()
        if found is None:
            return []
        parts = json.loads(found[0])
        recency, *others = self.told(parts)
        last = today(asked.at) - timedelta(days=parts[0])
        return [Row(recency.label, recency.points, at=last), *others]

    def _bought(self, asked: Asked) -> sql.Composed:
        """SQL of (profile_id, recency, frequency, monetary): greater is better; monetary in minor units."""
        events = asked.world.events
        days = Days(asked.at, self.within)
        names = {name: events[name] for name in (self.event, self.refunds) if name in events}
        bought = sql.Literal(events.get(self.event, 0))
        happened = Happened(dict.fromkeys(names.values(), days.first), frozenset(names.values()), asked.at, asked.among)
        tables = sql.SQL("").join(sql.SQL("{}, ").format(table) for table in happened.tables)
        return _BOUGHT.format(
            tables=tables,
            relation=happened.told,
            names=sql.SQL("{}::smallint[]").format(sql.Literal(list(names.values()))),
            bought=bought,
            first=sql.Literal(days.first),
            at=sql.Literal(asked.at),
            today=sql.Literal(today(asked.at)),
            zone=sql.Literal(settings.TIME_ZONE),
        )


_VALUES = tuple(map(sql.Identifier, MEASURES))
_BOUGHT = sql.SQL(
    "{tables} bought AS MATERIALIZED (SELECT profile_id,"
    " (last AT TIME ZONE {zone})::date - {today}::date AS recency, frequency, monetary FROM ("
    "SELECT profile_id, max(occurred_at) FILTER (WHERE name_id = {bought}) AS last,"
    " count(*) FILTER (WHERE name_id = {bought}) AS frequency, COALESCE(sum(value), 0)::bigint AS monetary"
    " FROM {relation} WHERE name_id = ANY({names}) AND occurred_at >= {first} AND occurred_at <= {at}"
    " GROUP BY profile_id) AS events WHERE frequency > 0)"
)
# The border of the kth fifth is the least value of which the middle of its people is over k fifths of all; of
# frequency, the least under which there are k fifths. All in tenths of a person.
_BORDERS = sql.SQL(
    "WITH {bought}, counted AS (SELECT measure, v, count(*) AS n,"
    " sum(count(*)) OVER (PARTITION BY measure ORDER BY v) - count(*) AS below,"
    " sum(count(*)) OVER (PARTITION BY measure) AS every FROM ({measures}) AS measures GROUP BY measure, v)"
    " SELECT measure, max(every), max(n),"
    " min(v) FILTER (WHERE place > every * 2), min(v) FILTER (WHERE place > every * 4),"
    " min(v) FILTER (WHERE place > every * 6), min(v) FILTER (WHERE place > every * 8)"
    " FROM (SELECT *, CASE measure WHEN 'frequency' THEN 10 * below + 1 ELSE 5 * (2 * below + n) END AS place"
    " FROM counted) AS counted GROUP BY measure"
)
_SCORES = sql.SQL(
    "WITH {bought}, placed AS (SELECT profile_id, recency, frequency, monetary, {fifths} FROM bought)"
    " SELECT profile_id, (r + f + m)::float8 AS value,"
    " jsonb_build_array(-recency, r, frequency, f, monetary, m) AS parts,"
    " ({grid}::text[])[(r - 1) * 5 + ({together}::int[])[f + m - 1]] AS band FROM placed"
)
