"""Spans of time that move with the clock: "within 30 days", "60 to 30 days ago", "since 1 May".

Minutes and hours are exact. Days, weeks and months are those of the project's time zone: a month before
28 March 23:30 is 28 February 23:30, whatever daylight saving did in between. A bound can therefore move
*backwards* while time passes, which `swept` accounts for.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segments.errors import RuleError

UNITS = ("minutes", "hours", "days", "weeks", "months")
_DURATION = re.compile(r"(\d{1,4}) (minute|hour|day|week|month)s?", re.ASCII)
_TICK = timedelta(microseconds=1)
# Every zone in use changes its offset, and has its midnight, on a quarter of an hour of UTC.
_QUARTER = timedelta(minutes=15)
_FIRST = datetime(1, 1, 2, tzinfo=UTC)


def zone() -> ZoneInfo:
    """The project's time zone: that of midnights, dates and calendar months in rules."""
    return ZoneInfo(settings.TIME_ZONE)


def today(at: datetime) -> date:
    """The date in the project's time zone."""
    return at.astimezone(zone()).date()


def midnight(day: date) -> datetime:
    """When that day begins in the project's time zone."""
    return datetime.combine(day, time(), zone()).astimezone(UTC)


@dataclass(frozen=True)
class Duration:
    """So many minutes, hours, days, weeks or months."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: object, path: str) -> Duration:
        """Read "30 days"."""
        match = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if not match or not int(match[1]):
            raise RuleError(path, _("Give a length of time such as “30 days”."))
        return cls(int(match[1]), f"{match[2]}s")

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    def before(self, moment: datetime) -> datetime:
        """The moment that lies this long before."""
        if self.unit in {"minutes", "hours"}:
            # In UTC: arithmetic on a zoned time would be that of the wall clock.
            return max(_FIRST, moment.astimezone(UTC) - timedelta(**{self.unit: self.count}))
        local = moment.astimezone(zone())
        day = self.before_day(local.date())
        return max(_FIRST, datetime.combine(day, local.time(), local.tzinfo).astimezone(UTC))

    def before_day(self, day: date) -> date:
        """The day that lies this many days, weeks or months before; a short month gives its last."""
        if self.unit == "months":
            months = day.year * 12 + day.month - 1 - self.count
            year, month = max(1, months // 12), months % 12 + 1
            return date(year, month, min(day.day, monthrange(year, month)[1]))
        days = self.count * (7 if self.unit == "weeks" else 1)
        return date.fromordinal(max(2, day.toordinal() - days))

    def after_day(self, day: date) -> date:
        """The day that lies this many days, weeks or months later."""
        return Duration(-self.count, self.unit).before_day(day)

    def words(self) -> str:
        """ "30 days", in the reader's language."""
        return {
            "minutes": ngettext("%d minute", "%d minutes", self.count),
            "hours": ngettext("%d hour", "%d hours", self.count),
            "days": ngettext("%d day", "%d days", self.count),
            "weeks": ngettext("%d week", "%d weeks", self.count),
            "months": ngettext("%d month", "%d months", self.count),
        }[self.unit] % self.count


@dataclass(frozen=True)
class Window:
    """When something counts: from `far` ago to `near` ago (either may be missing), or between two dates; else, ever.

    `first` and `last` are days of the project's time zone, both included.
    """

    far: Duration | None = None
    near: Duration | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def parse(cls, raw: dict[str, object], path: str) -> Window:
        """Take `within`, `before`, `between`, `since` and `until` out of the JSON of a condition."""
        within, before, between = raw.pop("within", None), raw.pop("before", None), raw.pop("between", None)
        first, last = _day(raw.pop("since", None), path), _day(raw.pop("until", None), path)
        if sum(map(bool, (within, before, between, first or last))) > 1:
            raise RuleError(path, _("Give one period of time, not several."))
        if within is not None:
            return cls(far=Duration.parse(within, path))
        if before is not None:
            return cls(near=Duration.parse(before, path))
        if between is not None:
            if not isinstance(between, list) or len(between) != 2:
                raise RuleError(path, _("Give two lengths of time: from how long ago to how long ago."))
            return cls(far=Duration.parse(between[0], path), near=Duration.parse(between[1], path))
        if first and last and first > last:
            raise RuleError(path, _("The period ends before it begins."))
        return cls(first=first, last=last)

    def to_json(self) -> dict[str, object]:
        """The inverse of `parse`."""
        if self.far and self.near:
            return {"between": [str(self.far), str(self.near)]}
        if self.far:
            return {"within": str(self.far)}
        if self.near:
            return {"before": str(self.near)}
        days = {"since": self.first, "until": self.last}
        return {key: day.isoformat() for key, day in days.items() if day}

    def low(self, at: datetime) -> datetime:
        """What counts happened after this moment."""
        if self.far:
            return self.far.before(at)
        return midnight(self.first) - _TICK if self.first else _FIRST

    def high(self, at: datetime) -> datetime:
        """What counts happened at this moment or before."""
        if self.near:
            return self.near.before(at)
        return min(at, midnight(self.last + timedelta(days=1)) - _TICK) if self.last else at

    def passed(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        """The spans (from, to], of the time in which things happened, that a bound passed in between."""
        spans = []
        if self.far:
            spans.append(swept(self.far, since, until))
        if self.near:
            spans.append(swept(self.near, since, until))
        else:
            spans.append((self.high(since), self.high(until)))
        return [(low, high) for low, high in spans if low < high]

    def earlier(self) -> Window | None:
        """All the time before it; None when it has no beginning."""
        if self.far:
            return Window(near=self.far)
        return Window(last=self.first - timedelta(days=1)) if self.first else None

    def later(self) -> Window | None:
        """From its end until now; None when it has not ended."""
        if self.near:
            return Window(far=self.near)
        return Window(first=self.last + timedelta(days=1)) if self.last else None

    def words(self) -> str:
        """ "in the last 30 days", in the reader's language; nothing for ever."""
        if self.far and self.near:
            return _("between %(far)s and %(near)s ago") % {
                "far": self.far.words(),
                "near": self.near.words(),
            }
        if self.far:
            return _("in the last %(duration)s") % {"duration": self.far.words()}
        if self.near:
            return _("more than %(duration)s ago") % {"duration": self.near.words()}
        first, last = (date_format(day, "DATE_FORMAT") if day else "" for day in (self.first, self.last))
        if first and last:
            return _("from %(first)s to %(last)s") % {"first": first, "last": last}
        if first:
            return _("since %(first)s") % {"first": first}
        return _("until %(last)s") % {"last": last} if last else ""


EVER = Window()


def swept(duration: Duration, since: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The least and the greatest "`duration` before t" for t in [since, until], as (least, greatest].

    Between quarters of an hour the bound moves with the clock; on them it may jump, either way. A day or more
    is answered with a margin instead of looking at each quarter: month ends and clock changes jump by
    less than two days.
    """
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    ends = [duration.before(since), duration.before(until)]
    if duration.unit in {"minutes", "hours"}:
        return ends[0], ends[1]
    if until - since > timedelta(days=1):
        margin = timedelta(days=2)
        return max(_FIRST, min(ends) - margin), max(ends) + margin
    quarter = since - (since - _FIRST) % _QUARTER + _QUARTER
    while quarter <= until:
        ends += [duration.before(quarter - _TICK), duration.before(quarter)]
        quarter += _QUARTER
    return min(ends) - _TICK, max(ends)


def _day(text: object, path: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise RuleError(path, _("Give a date such as 2026-05-31.")) from None
