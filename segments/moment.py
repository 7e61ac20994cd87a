"""A moment of the past that somebody asks about, and whose rule is asked: that of then, or today's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import psycopg
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from segments import roster, travel
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.models import Segment
from segments.snapshot import snapshot, statement_timeout
from segments.windows import zone

# Everybody is asked, once, while somebody waits.
PATIENCE = timedelta(seconds=30)
THEN: Final = "then"
NOW: Final = "now"


@dataclass(frozen=True)
class Moment:
    """`at` None is now. `wrong` says that what was typed is no moment of the past."""

    at: datetime | None = None
    rule: str = THEN
    wrong: str = ""

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Moment:
        """From `at` (local time, as a date-time field sends it) and `rule` of an address."""
        text, rule = params.get("at", "").strip()[:40], NOW if params.get("rule") == NOW else THEN
        if not text:
            return cls(rule=rule)
        at = _moment(text)
        if at is None or at.year < 1970:
            return cls(rule=rule, wrong=_("This is no date with a time."))
        if at > timezone.now():
            return cls(rule=rule, wrong=_("This is in the future: who will be in then is not known."))
        return cls(at, rule)

    @property
    def params(self) -> dict[str, str]:
        """What an address says for it."""
        return {"at": self.typed, "rule": self.rule} if self.at else {}

    @property
    def typed(self) -> str:
        """As a date-time field takes it."""
        return self.at.astimezone(zone()).strftime("%Y-%m-%dT%H:%M") if self.at else ""

    def members(self, segment: Segment, before: str) -> roster.Page:
        """Who was in. RuleError for today's rule where it cannot be asked of the past."""
        if self.wrong:
            raise RuleError("", self.wrong)
        if self.at is None or self.rule == THEN:
            return roster.members(segment, before, self.at)
        return roster.listed(_by_todays_rule(segment, self.at), before)


def _by_todays_rule(segment: Segment, at: datetime) -> BitMap64:
    try:
        with snapshot(), statement_timeout(PATIENCE):
            return travel.members(segment, at, NOW)
    except (psycopg.DataError, psycopg.errors.QueryCanceled):
        raise RuleError("", _("This takes too long, or a pattern in the rule cannot be asked.")) from None


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:  # well formed, but there is no such day
        return None
    return at.replace(tzinfo=zone()) if at and at.tzinfo is None else at
