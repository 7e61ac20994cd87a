"""When time alone changes an answer: the moments at which a bound that moves with the clock goes over something."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from segments.windows import Duration, Window, midnight, today

# A bound jumps at the ends of months and when the clocks change: by less than this.
MARGIN = timedelta(days=4)
# Changes of one condition that are worth looking for.
MOST_FLIPS = 6
# Moments that are handed on without having been looked at.
MOST_UNSURE = 60

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)


def crossed(duration: Duration, moment: datetime) -> list[datetime]:
    """The moments t at which "`duration` before t" reaches `moment`, or falls behind it again, in their order.

    Mostly one. Of 28 February 12:00 and a month, several: the 29th of March begins with 28 February 00:00.
    """
    moment = moment.astimezone(UTC)
    if duration.unit in {"minutes", "hours"}:
        return [moment + timedelta(**{duration.unit: duration.count})]
    return [when for day in _days(duration, moment) for when in _crossed_on(day, duration, moment)]


def passes(window: Window, moment: datetime) -> list[datetime]:
    """When something that happened at `moment` may come into the window, or go out of it."""
    bounds = [duration for duration in (window.far, window.near) if duration]
    return [moment, *(when for duration in bounds for when in crossed(duration, moment))]


def changes(
    moments: Iterable[datetime], since: datetime, holds: Callable[[datetime], bool], *, whole: bool
) -> list[datetime]:
    """The flips when all is known that `holds` looks at; else the first of the moments, unlooked at."""
    if whole:
        return flips(moments, since, holds)
    return sorted({moment for moment in moments if moment > since})[:MOST_UNSURE]


def flips(moments: Iterable[datetime], since: datetime, holds: Callable[[datetime], bool]) -> list[datetime]:
    """Those of the moments after `since` at which the answer differs from the one before: the first few."""
    found: list[datetime] = []
    answer = holds(since)
    for moment in sorted({moment for moment in moments if moment > since}):
        if holds(moment) != answer:
            found.append(moment)
            answer = not answer
            if len(found) == MOST_FLIPS:
                break
    return found


def _days(duration: Duration, moment: datetime) -> Iterator[date]:
    """The days on which it may be reached: about so long after, with room for short months."""
    about = duration.after_day(today(moment))
    margin = MARGIN.days if duration.unit == "months" else 1
    return (about + timedelta(days=number) for number in range(-margin, margin + 2))


def _crossed_on(day: date, duration: Duration, moment: datetime) -> Iterator[datetime]:
    """Within a piece of the day the bound moves with the clock; where a piece begins it may jump."""
    start, end = midnight(day), midnight(day + _DAY)
    for begin, length in _pieces(day, start, end, duration):
        bound = duration.before(begin)
        if (duration.before(begin - _TICK) < moment) != (bound < moment):
            yield begin
        if bound < moment < bound + length:
            yield begin + (moment - bound)


def _pieces(day: date, start: datetime, end: datetime, duration: Duration) -> list[tuple[datetime, timedelta]]:
    """The day whole when neither it nor the one it is compared with changes its clock; else by quarters of an hour."""
    before = duration.before_day(day)
    if end - start == _DAY == midnight(before + _DAY) - midnight(before):
        return [(start, _DAY)]
    return [(start + number * _QUARTER, _QUARTER) for number in range((end - start) // _QUARTER)]
