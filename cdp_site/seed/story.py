"""What one made-up person, or robot, leaves behind: messages as a website and a shop's servers would have sent them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, NamedTuple

from cdp_site.seed.traffic import HOURS, SEASON, WEEK

BROWSER: Final = "browser"
SHOP: Final = "shop"
MAILING: Final = "mailing"
HELPDESK: Final = "helpdesk"

_TRIES = 4


class Said(NamedTuple):
    """One message, when it was sent and by which of the shop's systems."""

    at: datetime
    source: str
    message: dict[str, Any]


@dataclass
class Story:
    """The messages of one person up to `now`, with ids by which a second telling of it says nothing new."""

    teller: str
    now: datetime
    random: Random
    said: list[Said] = field(default_factory=list)
    _count: int = 0

    def say(self, at: datetime, source: str, message: dict[str, Any]) -> None:
        """Add a message; what would lie in the future has not happened yet."""
        self._count += 1
        if at < self.now:
            stamped = {**message, "messageId": f"seed-{self.teller}-{self._count}", "timestamp": at.isoformat()}
            self.said.append(Said(at, source, stamped))

    def track(self, at: datetime, source: str, whose: dict[str, Any], event: str, properties: dict[str, Any]) -> None:
        """Somebody did something."""
        self.say(at, source, {**whose, "type": "track", "event": event, "properties": properties})

    def ago(self, days: float) -> datetime:
        """A moment about so many days ago, at an hour at which people shop; of the last hours, exactly that one."""
        moment = self.now - timedelta(days=days)
        if days < 0.25:
            return moment
        hour = self.random.choices(range(24), HOURS)[0]
        moment = moment.replace(hour=hour, minute=self.random.randrange(60), second=self.random.randrange(60))
        return moment if moment < self.now - timedelta(hours=1) else moment - timedelta(days=1)

    def busy(self, last: float, since: float) -> float:
        """Some days ago, rather on a busy day of the year than on a quiet one."""
        days = since
        for _ in range(_TRIES):
            days = self.random.uniform(last, since)
            date = (self.now - timedelta(days=days)).date()
            if self.random.random() < SEASON[date.month - 1] * WEEK[date.weekday()]:
                break
        return days
