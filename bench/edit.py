"""Editing a rule of eight conditions: one condition changed is one condition asked; a group changed, none."""

from __future__ import annotations

import statistics
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.database import say
from bench.timing import seconds
from segments.models import Clock, Segment
from segments.publish import publish
from segments.refresh import refresh

Json = dict[str, Any]
SLUG = "edited"
_EVENTS = ["Page Viewed", "Product Viewed", "Product Added", "Order Completed"]


@dataclass
class Edited:
    """What was done, the median seconds until the members had followed, and the most conditions asked for it."""

    words: str
    seconds: float
    asked: int


def measure(rounds: int) -> list[Edited]:
    """In the database in use: the new rule, then one condition edited, then a group edited."""
    say("Editing a rule of eight conditions")
    took: dict[str, list[float]] = defaultdict(list)
    asked: dict[str, int] = defaultdict(int)

    def follow(words: str) -> None:
        # At the moment of the last one: the clock has nothing to ask besides.
        asked[words] = max(asked[words], refresh(Clock.objects.get().at).asked)

    refresh()
    for number in range(rounds):
        for words, rule in _edits(number).items():
            publish(Segment.objects.filter(slug=SLUG).first() or Segment(slug=SLUG, name=SLUG), rule, None)
            took[words].append(seconds(partial(follow, words)))
    return [Edited(words, statistics.median(took[words]), asked[words]) for words in took]


def _edits(number: int) -> dict[str, Json]:
    """Conditions that nobody has asked before, in each round."""
    conditions = [
        _did(event, 100 + number, at_least)
        for event, at_least in zip(_EVENTS * 2, (2, 2, 2, 2, 3, 4, 5, 6), strict=True)
    ]
    edited = [_did(_EVENTS[0], 120 + number, 2), *conditions[1:]]
    return {
        "a new rule of eight conditions": {"all": conditions},
        "one of its conditions edited": {"all": edited},
        "its group edited": {"any": edited},
    }


def _did(event: str, days: int, at_least: int) -> Json:
    return {"did": {"event": event, "at_least": at_least, "within": f"{days} days"}}
