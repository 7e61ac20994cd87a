"""What two leaves say of each other, whatever is known of people: one implies the other, or they exclude each other.

Only what holds at any time is claimed; of all else nothing is known. Written for warnings: a rule is never computed
from this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from segments.leaves import (
    Condition,
    Did,
    Entered,
    In,
    Inactive,
    Left,
    Measure,
    OfSegment,
    Share,
    Stayed,
    Then,
    Was,
    Where,
)
from segments.leaves.regularly import Regularly
from segments.spans import Span, passes, span, texts
from segments.windows import EVER, Window, today

# A month is shorter than 31 days, or not: asked at moments of every month, with 28 and with 29 February.
_PROBES = [datetime(2027, 1, 15, 11, tzinfo=UTC) + timedelta(days=29 * step) for step in range(26)]


def implies(one: Condition, other: Condition) -> bool:
    """Whoever `one` holds for, `other` holds for as well. False also means: nobody knows."""
    return one == other or any(test(one, other) for test in _IMPLIED)


def excludes(one: Condition, other: Condition) -> bool:
    """They never hold for the same person."""
    return any(test(one, other) or test(other, one) for test in _EXCLUDED)


def impossible(leaf: Condition) -> bool:
    """It never holds for anybody: its period ends before it begins, its numbers are in the wrong order."""
    window = getattr(leaf, "window", None)
    if isinstance(window, Window) and window.far and all(low >= high for low, high in _bounds(window)):
        return True
    spans = _spans(leaf)
    return bool(spans) and all(_empty(found) for found in spans)


def _empty(found: Span) -> bool:
    return found.low > found.high or (found.low == found.high and not (found.low_in and found.high_in))


# --- What is known about people ----------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _spans(leaf: Condition) -> list[Span]:
    """What a leaf lets through at each probe; nothing when it is no span. Negated measures are none."""
    if not isinstance(leaf, Where | Measure) or leaf.negated:
        return []
    found = [span(leaf.op, leaf.value, today(at)) for at in _PROBES]
    return [each for each in found if each is not None]


def _of_one(one: Condition, other: Condition) -> bool:
    """Both look at the same thing."""
    if isinstance(one, Where) and isinstance(other, Where):
        return one.attribute == other.attribute
    return isinstance(one, Measure) and isinstance(other, Measure) and _measured(one) == _measured(other)


def _measured(leaf: Measure) -> tuple[object, ...]:
    return leaf.event, leaf.measure, leaf.property, leaf.window, leaf.where


def _narrower(one: Condition, other: Condition) -> bool:
    ours, theirs = _spans(one), _spans(other)
    return (
        _of_one(one, other)
        and bool(ours and theirs)
        and all(mine.within(yours) for mine, yours in zip(ours, theirs, strict=True))
    )


def _apart(one: Condition, other: Condition) -> bool:
    ours, theirs = _spans(one), _spans(other)
    return (
        _of_one(one, other)
        and bool(ours and theirs)
        and all(mine.beside(yours) for mine, yours in zip(ours, theirs, strict=True))
    )


def _known(one: Condition, other: Condition) -> bool:
    return _same_attribute(one, other) and isinstance(other, Where) and other.op == "known"


def _same_attribute(one: Condition, other: Condition) -> bool:
    return isinstance(one, Where) and isinstance(other, Where) and one.attribute == other.attribute


def _among_texts(one: Condition, other: Condition) -> bool:
    verdicts = _verdicts(one, other)
    return bool(verdicts) and all(verdicts)


def _no_such_text(one: Condition, other: Condition) -> bool:
    verdicts = _verdicts(one, other)
    return bool(verdicts) and all(verdict is False for verdict in verdicts)


def _verdicts(one: Condition, other: Condition) -> list[bool | None]:
    """Of each text that the one lets through: does the other?"""
    if not (isinstance(one, Where) and isinstance(other, Where)) or one.attribute != other.attribute:
        return []
    return [passes(text, other.op, other.value) for text in texts(one.op, one.value) or ()]


def _part_of_text(one: Condition, other: Condition) -> bool:
    """What begins with "/sale/shoes" begins with "/sale" and contains it."""
    if not (isinstance(one, Where) and isinstance(other, Where)) or one.attribute != other.attribute:
        return False
    if one.op not in {"starts_with", "ends_with", "contains"} or other.op not in {one.op, "contains"}:
        return False
    return bool(passes(str(one.value), other.op, other.value))


def _other_beginning(one: Condition, other: Condition) -> bool:
    if not (isinstance(one, Where) and isinstance(other, Where)) or one.attribute != other.attribute:
        return False
    if one.op != other.op or one.op not in {"starts_with", "ends_with"}:
        return False
    return not passes(one.value, one.op, other.value) and not passes(other.value, one.op, one.value)


def _yes_or_no(one: Condition, other: Condition) -> bool:
    return (
        _same_attribute(one, other)
        and isinstance(one, Where)
        and isinstance(other, Where)
        and (one.op == "yes" and other.op == "no")
    )


# --- What they did -----------------------------------------------------------------------------------


def _counted(one: Condition, other: Condition) -> bool:
    """Twice in 30 days is once in 60 days; filters make it less."""
    if not (isinstance(one, Did) and isinstance(other, Did)) or one.event != other.event:
        return False
    fewer = one.count >= other.count and set(other.where) <= set(one.where)
    return fewer and _inside(one.window, other.window)


def _happened_at_all(one: Condition, other: Condition) -> bool:
    """Who did it in whatever order or rhythm, did it once."""
    if not isinstance(other, Did) or other.count > 1:
        return False
    if isinstance(one, Then):
        return any(
            step.event == other.event and not step.missing and set(other.where) <= set(step.where) for step in one.steps
        ) and _inside(one.window, other.window)
    if not isinstance(one, Measure | Regularly) or one.event != other.event or not set(other.where) <= set(one.where):
        return False
    # A measure as a leaf holds for those alone who did it: see Measure.normal.
    return other.window == EVER if isinstance(one, Regularly) else _inside(one.window, other.window)


def _inside(one: Window, other: Window) -> bool:
    """The one lies within the other at any time."""
    if other in {EVER, one}:
        return True
    dated = bool(one.first or one.last), bool(other.first or other.last)
    if dated[0] != dated[1]:  # One moves with the clock, the other does not.
        return False
    return all(
        mine[0] >= yours[0] and mine[1] <= yours[1] for mine, yours in zip(_bounds(one), _bounds(other), strict=True)
    )


@lru_cache(maxsize=2048)
def _bounds(window: Window) -> list[tuple[datetime, datetime]]:
    """From when to when it goes, at each probe."""
    return [(window.low(at), window.high(at)) for at in _PROBES]


def _longer_away(one: Condition, other: Condition) -> bool:
    return (
        isinstance(one, Inactive)
        and isinstance(other, Inactive)
        and all(one.duration.before(at) <= other.duration.before(at) for at in _PROBES)
    )


def _otherwise(one: Condition, other: Condition) -> bool:
    """A measure is over 10, or it is not."""
    return isinstance(one, Measure) and isinstance(other, Measure) and other == replace(one, negated=not one.negated)


def _away(one: Condition, other: Condition) -> bool:
    """Nobody is inactive for 30 days who did something in the last week."""
    if not isinstance(one, Inactive) or not isinstance(other, Did | Then) or not other.window.far or other.window.near:
        return False
    return all(one.duration.before(at) <= other.window.low(at) for at in _PROBES)


# --- Where they are in ---------------------------------------------------------------------------------


def _membership(one: Condition, other: Condition) -> bool:
    """Who is, stayed, entered or left, was; who stayed, is."""
    if not isinstance(one, OfSegment) or not isinstance(other, OfSegment) or one.segment != other.segment:
        return False
    if isinstance(one, Stayed) and isinstance(other, Stayed):
        return all(one.duration.before(at) <= other.duration.before(at) for at in _PROBES)
    if isinstance(one, Entered | Left) and type(one) is type(other):
        return _inside(one.window, getattr(other, "window", EVER))
    return isinstance(other, Was) or (isinstance(one, Stayed) and isinstance(other, In))


def _larger_share(one: Condition, other: Condition) -> bool:
    return (
        isinstance(one, Share)
        and isinstance(other, Share)
        and (one.name == other.name and one.percent <= other.percent)
    )


_Test = Callable[[Condition, Condition], bool]
_IMPLIED: list[_Test] = [
    *(_known, _narrower, _among_texts, _part_of_text),
    *(_counted, _happened_at_all, _longer_away, _membership, _larger_share),
]
_EXCLUDED: list[_Test] = [_apart, _no_such_text, _other_beginning, _yes_or_no, _otherwise, _away]
