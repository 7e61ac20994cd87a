"""One thing after another: "viewed a product, then bought it within a day", "added to the cart, then did not buy"."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.attributes import Member
from segments.bitmaps import BitMap64, ask_set
from segments.errors import RuleError
from segments.leaves.base import Span
from segments.leaves.filters import (
    Filters,
    event_name,
    filters_json,
    filters_words,
    parse_filters,
    property_name,
)
from segments.leaves.happened import EVENTS, Happened, inside, named
from segments.leaves.nearby import narrowed
from segments.leaves.seen import MOST, is_open, reach, seen, steady, unsteady
from segments.operands import as_text
from segments.parts import Part, windows
from segments.passing import MOST_UNSURE, passes
from segments.windows import EVER, Duration, Window
from segments.wishes import Wish
from segments.world import World

MOST_STEPS = 6
_HOURS = {"minutes": 1 / 60, "hours": 1, "days": 24, "weeks": 168}


@dataclass(frozen=True)
class Step:
    """An event with filters; `missing`: it does not follow."""

    event: str
    where: Filters = ()
    missing: bool = False

    @classmethod
    def parse(cls, raw: object, path: str) -> Step:
        """Read the JSON of one step."""
        if not isinstance(raw, dict):
            raise RuleError(path, _("Choose an event."))
        raw = dict(raw)
        step = cls(event_name(raw, path), parse_filters(raw, path), raw.pop("not", False) is True)
        if raw:
            raise RuleError(path, _("“%(key)s” is not understood here.") % {"key": next(iter(raw))})
        return step

    def to_json(self) -> dict[str, Any]:
        """The inverse of `parse`."""
        return {"event": self.event, **filters_json(self.where)} | ({"not": True} if self.missing else {})

    def words(self) -> str:
        """ "not Order Completed where category is shoes"."""
        event = _("not %(event)s") % {"event": self.event} if self.missing else self.event
        return " ".join(part for part in (event, filters_words(self.where)) if part)


@dataclass(frozen=True)
class Then(Happened):
    """Events one after another, each later than the one before, all in the window and `limit` after the first.

    When the last is missing, there are two: the first was followed by none of the second within the limit, which is
    over. Between two events a day is 24 hours. `same` is a property that all of them share.
    """

    steps: tuple[Step, ...]
    limit: Duration | None = None
    same: str = ""
    window: Window = EVER

    key, label, hint = "then", gettext_lazy("Sequence"), gettext_lazy("viewed, then bought; or then did not")
    form = (
        Part("steps", "steps", more={"most": MOST_STEPS}),
        windows(),
        Part("limit", "in", gettext_lazy("within"), after=gettext_lazy("of the first")),
        Part("same", "same", gettext_lazy("with the same"), gettext_lazy("Property that they share")),
    )
    starts: ClassVar[dict[str, Any]] = {"steps": [{}, {}], "in": "1 day", "within": "30 days"}
    examples = (
        {"steps": [{"event": "Product Viewed"}, {"event": "Order Completed"}], "in": "1 day", "within": "30 days"},
        {"steps": [{"event": "Product Added"}, {"event": "Order Completed", "not": True}], "in": "3 days"},
        {"steps": [{"event": "Product Viewed"}, {"event": "Product Added"}], "same": "product_id"},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        steps = raw.pop("steps", None)
        if not isinstance(steps, list) or not 2 <= len(steps) <= MOST_STEPS:
            raise RuleError(path, _("Give from two to %(count)d events, in their order.") % {"count": MOST_STEPS})
        found = tuple(Step.parse(step, path) for step in steps)
        limit = raw.pop("in", None)
        same = raw.pop("same", "")
        made = cls(
            found,
            None if limit is None else Duration.parse(limit, path),
            property_name(same, path) if same else "",
            Window.parse(raw, path),
        )
        made._check(path)
        return made

    def _check(self, path: str) -> None:
        if self.limit and self.limit.unit not in _HOURS:
            raise RuleError(path, _("Between two events count in minutes, hours, days or weeks."))
        if any(step.missing for step in self.steps[:-1]) or (self.lacks and len(self.steps) > 2):
            raise RuleError(path, _("What does not follow is the second of two events."))
        if self.lacks and not self.limit:
            raise RuleError(path, _("Say within how long it does not follow."))

    def body(self) -> dict[str, Any]:
        return (
            {"steps": [step.to_json() for step in self.steps]}
            | ({"in": str(self.limit)} if self.limit else {})
            | ({"same": self.same} if self.same else {})
            | self.window.to_json()
        )

    @property
    def lacks(self) -> bool:
        """Whether the last step is one that does not follow."""
        return self.steps[-1].missing

    @property
    def patience(self) -> timedelta:
        """The limit as an exact time."""
        return timedelta(hours=_HOURS[self.limit.unit] * self.limit.count) if self.limit else timedelta.max

    def names(self) -> frozenset[str]:
        return frozenset(step.event for step in self.steps)

    def answerable(self, world: World) -> bool:
        # What nobody ever did follows nothing: that it is missing can be told all the same.
        return {step.event for step in self.steps if not step.missing} <= world.events.keys()

    def lows(self, at: datetime) -> Mapping[str, datetime]:
        return dict.fromkeys(self.names(), self.window.low(at))

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        spans: list[Span | sql.Composable] = [
            Span(step.event, low, high)
            for step in self.steps
            if not step.missing
            for low, high in self.window.passed(since, until)
        ]
        if self.lacks:
            spans.append(Span(self.steps[0].event, since - self.patience, until - self.patience))
        for step in self.steps:
            spans += self.aged(step.event, step.where, since, until, world)
        return spans

    def of_everybody(self, at: datetime, world: World) -> BitMap64:
        if self.lacks:
            return super().of_everybody(at, world)
        steps = [self._events(number, EVENTS, at, world) for number in range(len(self.steps))]
        tables, near = narrowed(steps, self.patience if self.limit else None, same=bool(self.same))
        return ask_set(sql.SQL("{} {}").format(tables, self._sequence(near, at)))

    def query(self, at: datetime, world: World, relation: sql.Composable) -> sql.Composed:
        steps = [self._events(number, relation, at, world) for number in range(len(self.steps))]
        return self._sequence(steps, at)

    def _sequence(self, steps: Sequence[sql.Composable], at: datetime) -> sql.Composed:
        """From the last step to the first: when does the sequence that begins with this event end, at the earliest?"""
        ends = sql.SQL("SELECT *, occurred_at AS ends FROM ({}) AS step").format(steps[-1])
        for number in reversed(range(len(steps) - 1)):
            begins = sql.SQL("SELECT *, NULL::timestamptz AS ends FROM ({}) AS step").format(steps[number])
            ends = _NEXT.format(begins=begins, ends=ends, found=self._found(number, at))
        return sql.SQL("SELECT profile_id FROM ({}) AS sequence").format(ends)

    def _events(self, number: int, relation: sql.Composable, at: datetime, world: World) -> sql.Composed:
        """The events of a step."""
        step = self.steps[number]
        return sql.SQL("SELECT profile_id, occurred_at, {} AS same FROM {} WHERE {} AND {}").format(
            as_text(Member(sql.SQL("properties"), self.same)) if self.same else sql.SQL("NULL::text"),
            relation,
            inside(self.window.low(at), at if step.missing else self.window.high(at)),
            named(step.event, step.where, at, world) if step.event in world.events else sql.SQL("false"),
        )

    def _found(self, number: int, at: datetime) -> sql.Composable:
        """Boolean SQL over an event of this step and `ends`, when what follows ends."""
        shared = sql.SQL("same IS NOT NULL AND ") if self.same else sql.SQL("")
        if self.lacks:
            patience = sql.Literal(self.patience)
            return sql.SQL(
                "{0}occurred_at <= {1}::timestamptz - {2} AND (ends IS NULL OR ends > occurred_at + {2})"
            ).format(shared, sql.Literal(at), patience)
        if number == 0 and self.limit:
            return sql.SQL("{}ends <= occurred_at + {}").format(shared, sql.Literal(self.patience))
        return sql.SQL("{}ends IS NOT NULL").format(shared)

    def sentence(self, world: World) -> str:
        text = _("did %(steps)s") % {"steps": _(", then ").join(step.words() for step in self.steps)}
        parts = [text, self.window.words()]
        if self.limit:
            parts.append(_("within %(limit)s of the first") % {"limit": self.limit.words()})
        if self.same:
            parts.append(_("with the same %(property)s") % {"property": self.same})
        return " ".join(part for part in parts if part)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        return _("in this order") if self._held(at, profile_id, world) else _("not in this order")

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        # The first event decides when a sequence ends; where its window only begins, and for what is waited for, the
        # last does as well.
        whole = self.window.near or not all(steady(step.where) for step in self.steps)
        steps = self.steps if whole else self.steps[:1]
        patience = self.patience if self.lacks else timedelta()
        since = reach(self.window, at) - patience
        found = {
            moment
            for step in steps
            for when, _one in seen(profile_id, step.event, step.where, at=at, world=world, since=since, newest=True)
            for moment in (*passes(self.window, when), when + patience)
        }
        for step in self.steps:
            if not steady(step.where):
                found.update(self._turning(step, at, profile_id, world))
        later = sorted(moment for moment in found if moment > at)
        if len(later) <= MOST_UNSURE or self.lacks or whole:
            return later[:MOST]
        # It holds until the last that still has its end goes out: what comes long before that is not looked at.
        held = bisect_left(later, x=True, key=lambda moment: not self._held(moment, profile_id, world))
        return later[max(0, held - 2) : held + MOST_UNSURE]

    def _turning(self, step: Step, at: datetime, profile_id: int, world: World) -> list[datetime]:
        patience = self.patience if self.lacks else timedelta()
        return unsteady(
            profile_id,
            step.event,
            step.where,
            at=at,
            world=world,
            window=self.window,
            passing=lambda when: [*passes(self.window, when), when + patience],
        )

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        if self.lacks or not wanted or not is_open(self.window, at):
            return None
        counts = range(len(self.steps) - 1, 0, -1)
        done = next((count for count in counts if self._begun(count, at, profile_id, world)), 0)
        missing = self.steps[done:]
        words = _(", then ").join(step.words() for step in missing)
        if self.same:
            words = _("%(steps)s with the same %(property)s") % {"steps": words, "property": self.same}
        return Wish(words, missing[0].event if len(missing) == 1 and not self.same else "", where=missing[0].where)

    def unless(self, at: datetime, profile_id: int, world: World, before: bool) -> Wish | None:
        if self.lacks and not before:
            return Wish(replace(self.steps[-1], missing=False).words())
        return super().unless(at, profile_id, world, before)

    def _held(self, at: datetime, profile_id: int, world: World) -> bool:
        return profile_id in self.ask({0: self}, at, BitMap64([profile_id]), world).get(0, BitMap64())

    def _begun(self, count: int, at: datetime, profile_id: int, world: World) -> bool:
        """Whether the first `count` events happened, so recently that the others can follow within the limit."""
        window = self.window
        if self.limit:
            recent = Window(far=Duration(self.patience // timedelta(minutes=1), "minutes"))
            window = max(window, recent, key=lambda either: either.low(at))
        if count > 1:
            return replace(self, steps=self.steps[:count], window=window)._held(at, profile_id, world)
        step = self.steps[0]
        times = seen(profile_id, step.event, step.where, at=at, world=world, since=window.low(at), most=1)
        return bool(times)


# From the latest event to the earliest: the earliest end so far is that of what follows. Of two at one moment neither
# follows the other, so that beginnings come before the ends of the same moment.
_NEXT = sql.SQL(
    "SELECT profile_id, occurred_at, same, ends FROM ("
    "SELECT profile_id, occurred_at, same, begins, min(ends) OVER ("
    "PARTITION BY profile_id, same ORDER BY occurred_at DESC, begins DESC ROWS UNBOUNDED PRECEDING) AS ends FROM ("
    "SELECT *, true AS begins FROM ({begins}) AS b UNION ALL SELECT *, false FROM ({ends}) AS e) AS both_"
    ") AS followed WHERE begins AND {found}"
)
