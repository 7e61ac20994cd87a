"""First, last, stopped, resumed: words for what groups of "did" say already. They have no sets of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from segments.errors import RuleError
from segments.leaves.base import Condition, Group, Rule, none
from segments.leaves.did import Did
from segments.leaves.filters import Filters, event_name, filters_json, filters_words, parse_filters
from segments.parts import EVENT, FILTERS, WINDOWS, number, windows, words
from segments.windows import Window
from segments.world import World


@dataclass(frozen=True)
class Occasion(Condition):
    """An event in a window, and when it did not happen."""

    event: str
    window: Window
    where: Filters = ()

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        return cls(event_name(raw, path), cls.period(raw, path), parse_filters(raw, path))

    @classmethod
    def period(cls, raw: dict[str, Any], path: str) -> Window:
        """Take the window out of the JSON."""
        return Window.parse(raw, path)

    def body(self) -> dict[str, Any]:
        return {"event": self.event, **self.window.to_json(), **filters_json(self.where)}

    def sentence(self, world: World) -> str:
        parts = [self.said() % {"event": self.event}, self.window.words(), filters_words(self.where)]
        return " ".join(part for part in parts if part)

    def said(self) -> str:
        """What happened, with a place for the event."""
        raise TypeError(self)

    def did(self, window: Window, times: int = 1) -> Did:
        """The event in another window."""
        return Did(self.event, times, "at_least", window, self.where)


@dataclass(frozen=True)
class First(Occasion):
    """It happened for the first time in the window."""

    key, label, hint = "first", gettext_lazy("First time"), gettext_lazy("first order in the last 30 days")
    form = (words(gettext_lazy("For the first time did")), EVENT, windows(*WINDOWS[1:]), FILTERS)
    starts: ClassVar[dict[str, Any]] = {"within": "30 days"}
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"event": "Order Completed", "within": "30 days"},)

    def normal(self) -> Rule:
        earlier = self.window.earlier()
        did = self.did(self.window)
        return Group("all", (did, none(self.did(earlier)))) if earlier else did

    def said(self) -> str:
        return _("did %(event)s for the first time")


@dataclass(frozen=True)
class Last(Occasion):
    """It happened in the window, and not since."""

    key, label, hint = "last", gettext_lazy("Last time"), gettext_lazy("last order 30 to 60 days ago")
    form = (words(gettext_lazy("For the last time did")), EVENT, windows(*WINDOWS[1:]), FILTERS)
    starts: ClassVar[dict[str, Any]] = {"between": ["60 days", "30 days"]}
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"event": "Order Completed", "between": ["60 days", "30 days"]},)

    def normal(self) -> Rule:
        later = self.window.later()
        did = self.did(self.window)
        return Group("all", (did, none(self.did(later)))) if later else did

    def said(self) -> str:
        return _("did %(event)s for the last time")


@dataclass(frozen=True)
class _Spell(Occasion):
    """An event whose habit changed between two lengths of time ago."""

    @classmethod
    def period(cls, raw: dict[str, Any], path: str) -> Window:
        window = Window.parse(raw, path)
        if not (window.far and window.near):
            raise RuleError(path, _("Give two lengths of time: from how long ago to how long ago."))
        return window

    @property
    def recently(self) -> Window:
        """From the end of the window to now."""
        return Window(far=self.window.near)


@dataclass(frozen=True)
class Stopped(_Spell):
    """It happened in the window, at least so often, and not since."""

    count: int = 1

    key, label, hint = "stopped", gettext_lazy("Stopped"), gettext_lazy("used to order, and does not any more")
    form = (
        words(gettext_lazy("Did")),
        EVENT,
        words(gettext_lazy("at least")),
        number("at_least", gettext_lazy("Number of times"), 1, 1_000_000, default=1),
        windows("between"),
        words(gettext_lazy("and not since")),
        FILTERS,
    )
    starts: ClassVar[dict[str, Any]] = {"at_least": 3, "between": ["120 days", "30 days"]}
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"event": "Order Completed", "at_least": 3, "between": ["120 days", "30 days"]},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        count = raw.pop("at_least", 1)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1_000_000:
            raise RuleError(path, _("Give how many times, as a whole number."))
        return cls(event_name(raw, path), cls.period(raw, path), parse_filters(raw, path), count)

    def body(self) -> dict[str, Any]:
        return super().body() | ({"at_least": self.count} if self.count > 1 else {})

    def normal(self) -> Rule:
        return Group("all", (self.did(self.window, self.count), none(self.did(self.recently))))

    def said(self) -> str:
        words = ngettext(
            "stopped doing %(event)s, done at least {count} time",
            "stopped doing %(event)s, done at least {count} times",
            self.count,
        )
        return words.replace("{count}", str(self.count))


@dataclass(frozen=True)
class Resumed(_Spell):
    """It happened before the window, not in it, and again since."""

    key, label, hint = "resumed", gettext_lazy("Resumed"), gettext_lazy("came back after a long time")
    form = (
        words(gettext_lazy("Did before, and again since, but not")),
        EVENT,
        windows("between"),
        FILTERS,
    )
    starts: ClassVar[dict[str, Any]] = {"between": ["180 days", "14 days"]}
    examples: ClassVar[tuple[dict[str, Any], ...]] = ({"event": "Order Completed", "between": ["180 days", "14 days"]},)

    def normal(self) -> Rule:
        long_ago = Window(near=self.window.far)
        return Group("all", (self.did(long_ago), none(self.did(self.window)), self.did(self.recently)))

    def said(self) -> str:
        return _("resumed doing %(event)s, after not doing it")
