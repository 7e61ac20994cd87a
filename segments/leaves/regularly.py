"""A habit: "did Order Completed in at least 4 of the last 6 months"."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from psycopg import sql

from segments.errors import RuleError
from segments.leaves.base import Span
from segments.leaves.filters import Filters, event_name, filters_json, filters_words, parse_filters
from segments.leaves.happened import Happened, inside, named
from segments.leaves.seen import seen, steady, unsteady
from segments.parts import EVENT, FILTERS, Part, number, words
from segments.passing import MARGIN, changes, crossed
from segments.windows import Duration, Window, swept
from segments.wishes import Wish
from segments.world import World

MOST_PERIODS = 60
_MOST_MOMENTS, _MOST_EVENTS = 1000, 5000
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
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
        passed = [Span(self.event, low, high) for low, high in [(since, until), *spans]]
        return [*passed, *self.aged(self.event, self.where, since, until, world)]

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

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        filled = len(self._filled(self._times(at, profile_id, world), at))
        return _("in %(filled)d of %(of)d") % {"filled": filled, "of": self.of}

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        if not steady(self.where):
            return unsteady(
                profile_id,
                self.event,
                self.where,
                at=at,
                world=world,
                window=Window(far=self._ago(self.of)),
                passing=self._passing,
            )
        times = self._times(at, profile_id, world)
        # Where one event follows close upon another, no period between them is ever empty.
        close = self.every.before(at)
        alone = [
            when
            for before, when, after in zip([None, *times], times, [*times[1:], None], strict=False)
            if not before or not after or (after - before) * 2 > at - close or when > at
        ]
        moments = [moment for when in alone for moment in self._passing(when)]
        nearest = sorted(moment for moment in moments if moment > at)[:_MOST_MOMENTS]
        return changes(
            nearest,
            at,
            lambda moment: len(self._filled(times, moment)) >= self.periods,
            whole=len(times) < _MOST_EVENTS,
        )

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        filled = self._filled(self._times(at, profile_id, world), at)
        missing = self.periods - len(filled)
        if not wanted:
            return None
        if missing == 1 and self.of not in filled:
            said = " ".join(part for part in (self.event, filters_words(self.where)) if part)
            return Wish(said, self.event, where=self.where)
        words = ngettext(
            "%(event)s in %(count)d more period of %(every)s",
            "%(event)s in %(count)d more periods of %(every)s",
            missing,
        ) % {"event": self.event, "count": missing, "every": self.every.words()}
        return Wish(" ".join(part for part in (words, filters_words(self.where)) if part))

    def _passing(self, when: datetime) -> list[datetime]:
        """When something that happens then comes into one of the periods, or into the next."""
        return [when, *(moment for ago in range(1, self.of + 1) for moment in crossed(self._ago(ago), when))]

    def _times(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        since = max(self._bounds(at)[0], _FIRST + MARGIN) - MARGIN
        rows = seen(profile_id, self.event, self.where, at=at, world=world, since=since, most=_MOST_EVENTS)
        return [when for when, _one in rows]

    def _filled(self, times: list[datetime], at: datetime) -> set[int]:
        """The periods in which it happened; the one that ends now is number `of`."""
        bounds = self._bounds(at)
        return {bisect_left(bounds, when) for when in times if bounds[0] < when <= at}

    def _ago(self, number: int) -> Duration:
        return Duration(self.every.count * number, self.every.unit)

    def _bounds(self, at: datetime) -> list[datetime]:
        """The beginnings of the periods, the oldest first."""
        return [self._ago(number).before(at) for number in range(self.of, 0, -1)]
