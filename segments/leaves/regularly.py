"""A habit: "did Order Completed in at least 4 of the last 6 months"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from psycopg import sql

from segments.errors import RuleError
from segments.leaves.base import Span
from segments.leaves.filters import Filters, event_name, filters_json, filters_words, parse_filters
from segments.leaves.happened import Happened, inside, named
from segments.parts import EVENT, FILTERS, Part, number, words
from segments.windows import Duration, swept
from segments.world import World

MOST_PERIODS = 60
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Regularly(Happened):
    """It happened in at least `periods` of the last `of` periods of a length, the last of which ends now."""

    event: str
    periods: int
    of: int
    every: Duration
    where: Filters = ()

    key, label, hint = "regularly", gettext_lazy("Habit"), gettext_lazy("in 4 of the last 6 months")
    form = (
        words(gettext_lazy("Did")),
        EVENT,
        words(gettext_lazy("in at least")),
        number("periods", gettext_lazy("In how many periods"), 1, MOST_PERIODS),
        words(gettext_lazy("of the last")),
        number("of", gettext_lazy("Of how many periods"), 1, MOST_PERIODS),
        Part("duration", "every", gettext_lazy("periods of")),
        FILTERS,
    )
    starts: ClassVar[dict[str, Any]] = {"periods": 4, "of": 6, "every": "1 month"}
    examples = ({"event": "Order Completed", "periods": 4, "of": 6, "every": "1 month"},)

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        event = event_name(raw, path)
        periods, of = raw.pop("periods", None), raw.pop("of", None)
        if not all(isinstance(count, int) and not isinstance(count, bool) for count in (periods, of)):
            raise RuleError(path, _("Give in how many of how many periods."))
        if not 1 <= periods <= of <= MOST_PERIODS:
            raise RuleError(path, _("Give in how many of at most %(count)d periods.") % {"count": MOST_PERIODS})
        return cls(event, periods, of, Duration.parse(raw.pop("every", None), path), parse_filters(raw, path))

    def body(self) -> dict[str, Any]:
        counts = {"event": self.event, "periods": self.periods, "of": self.of, "every": str(self.every)}
        return counts | filters_json(self.where)

    @property
    def detailed(self) -> bool:  # type: ignore[override]  # here it depends on the leaf
        return bool(self.where)

    def names(self) -> frozenset[str]:
        return frozenset({self.event})

    def lows(self, at: datetime) -> Mapping[str, datetime]:
        return {self.event: self._bounds(at)[0]}

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        spans = [swept(self._ago(number), since, until) for number in range(1, self.of + 1)]
        return [Span(self.event, since, until), *(Span(self.event, low, high) for low, high in spans)]

    def query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        bounds = self._bounds(at)
        return sql.SQL(
            "SELECT profile_id FROM {relation} WHERE {inside} AND {named} GROUP BY profile_id"
            " HAVING count(DISTINCT width_bucket(occurred_at, {bounds}::timestamptz[])) >= {periods}"
        ).format(
            relation=relation,
            inside=inside(bounds[0], at),
            named=named(self.event, self.where, at, world),
            # A bound belongs to the period that it ends.
            bounds=sql.Literal([bound + _TICK for bound in bounds]),
            periods=sql.Literal(self.periods),
        )

    def sentence(self, world: World) -> str:
        words = ngettext(
            "did %(event)s in at least %(periods)d of the last %(of)d periods of %(every)s",
            "did %(event)s in at least %(periods)d of the last %(of)d periods of %(every)s",
            self.periods,
        ) % {"event": self.event, "periods": self.periods, "of": self.of, "every": self.every.words()}
        return " ".join(part for part in (words, filters_words(self.where)) if part)

    def _ago(self, number: int) -> Duration:
        return Duration(self.every.count * number, self.every.unit)

    def _bounds(self, at: datetime) -> list[datetime]:
        """The beginnings of the periods, the oldest first."""
        return [self._ago(number).before(at) for number in range(self.of, 0, -1)]
