"""What a method of scoring is: a class in a file of this directory. A class defined is a method registered.

It says what it is told (`parse`, `check`), what it learns of everybody (`learn`), how people are scored, set-wise
(`scores`), and what a score is the sum of (`told`, `rows`). Keeping scores, their bands, moves and
history is scoring/refresh.py's, once for all methods. See docs/add-a-score.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg import sql

from scoring.asking import check_rule
from scoring.errors import ScoreError
from segments.bitmaps import BitMap64
from segments.leaves import Rule
from segments.world import World

_registry: dict[str, type[Method]] = {}


def methods() -> dict[str, type[Method]]:
    """Every method by key."""
    return dict(_registry)


@dataclass(frozen=True)
class Band:
    """A part of the scale. Who reaches `enter` is in, who falls under `leave` is out; the lowest has neither.

    `tone` is how it is shown: "good", "warn", "bad" or "".
    """

    key: str
    label: str
    enter: float = 0
    leave: float = 0
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the sum that a score is. `at` is the day (or moment) when it happened, where there is one."""

    label: str
    points: float
    count: int | None = None
    at: date | datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For pages and the API; without what it does not have."""
        told: dict[str, Any] = {"label": self.label, "points": self.points}
        if self.count is not None:
            told["count"] = self.count
        return told | ({"at": self.at} if self.at is not None else {})


@dataclass(frozen=True)
class Asked:
    """Who is to be scored (everybody, or some), as of when, by what was learned."""

    at: datetime
    among: BitMap64 | None
    world: World
    learned: dict[str, Any]


@dataclass(frozen=True)
class Method:
    """A way to score people, with its configuration. `example` is a configuration that can be read, shown in docs.

    `thresholds`: its bands are steps of the value. Otherwise `scores` says who is in which.
    """

    key: ClassVar[str] = ""
    label: ClassVar[str | Promise]
    description: ClassVar[str | Promise]
    example: ClassVar[dict[str, Any]]

    def __init_subclass__(cls) -> None:
        if cls.key:
            _registry[cls.key] = cls

    @staticmethod
    def read(key: str, config: Any) -> Method:
        """The method of that name with a configuration; ScoreError when either cannot be read."""
        kind = _registry.get(key)
        if kind is None:
            raise ScoreError("method", _("There is no method “%(key)s”.") % {"key": key})
        if not isinstance(config, dict):
            raise ScoreError("", _("A configuration is an object."))
        config = dict(config)
        method = kind.parse(config)
        if config:  # What parse did not take would be accepted and ignored.
            unknown = next(iter(config))
            raise ScoreError(str(unknown), _("“%(key)s” is not understood here.") % {"key": unknown})
        return method

    @classmethod
    def parse(cls, config: dict[str, Any]) -> Self:
        """Take out of the JSON what it understands; ScoreError where that cannot be read."""
        raise TypeError(cls)

    def check(self, world: World) -> None:
        """ScoreError when a name in it means nothing now."""
        for path, rule in self.rules():
            check_rule(rule, world, path)

    def rules(self) -> list[tuple[str, Rule]]:
        """The rules it asks, with their paths: people are scored anew when these move, and cycles are looked for."""
        return []

    @property
    def bands(self) -> tuple[Band, ...]:
        """From the lowest to the highest."""
        return ()

    @property
    def thresholds(self) -> bool:
        """Are the bands steps of the value?"""
        return True

    @property
    def notable(self) -> float:
        """By how much the value has to move, since it was last told, to be told as an event."""
        raise TypeError(self)

    @classmethod
    def band_label(cls, key: str) -> str:
        """What a band is called, in the reader's language."""
        return key

    def learn(self, asked: Asked) -> dict[str, Any]:
        """What is to be known of everybody before anybody is scored, as JSON. TooFewError with the counter."""
        return {}

    def scores(self, asked: Asked) -> sql.Composable:
        """A query of (profile_id bigint, value float8, parts jsonb, band text) for those whom it scores.

        Set-wise, of everybody or of `asked.among`; `band` is NULL when bands are steps of the value.
        Whoever it leaves out has no score.
        """
        raise TypeError(self)

    def told(self, parts: Any) -> list[Row]:
        """The `parts` of a score in words, the weightiest first; they add up to its value."""
        raise TypeError(self)

    def rows(self, profile_id: int, asked: Asked) -> list[Row]:
        """Every line of one person's sum, newest first; they add up to the value as of `asked.at`."""
        raise TypeError(self)
