"""The monthly letter of the made-up shop: sent, opened, clicked, left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cdp_site.seed.people import Somebody
from cdp_site.seed.story import MAILING, Story
from cdp_site.seed.traffic import LETTERS

_OPENS = {"vip": 0.65, "regular": 0.45, "new": 0.5, "lead": 0.4, "abandoner": 0.4, "lapsed": 0.3}
_LEAVE = 0.03


def letters(who: Somebody, story: Story, joined: datetime) -> Iterator[tuple[datetime, str]]:
    """Tell of every letter since they joined; gives the moment and the name of those that brought them to the shop."""
    if not who.newsletter:
        return
    random, about = story.random, {"context": {"traits": {"email": who.email}}}
    gone_quiet = story.now - timedelta(days=who.last)
    for sent in _mailings(joined, story.now):
        name = LETTERS[sent.month - 1]
        letter = {"campaign": name, "subject": name.replace("-", " ").capitalize()}
        story.track(sent, MAILING, about, "Email Sent", letter)
        if sent > gone_quiet or random.random() > _OPENS[who.habit.name]:
            continue
        opened = sent + timedelta(hours=random.expovariate(0.25))
        story.track(opened, MAILING, about, "Email Opened", letter)
        if random.random() < 0.3:
            clicked = opened + timedelta(seconds=random.randint(8, 90))
            story.track(clicked, MAILING, about, "Email Clicked", letter)
            yield clicked + timedelta(seconds=2), name
        elif random.random() < _LEAVE:
            story.track(opened + timedelta(seconds=30), MAILING, about, "Email Unsubscribed", letter)
            gone = {"type": "identify", "userId": who.user_id, "traits": {"newsletter": False}}
            story.say(opened + timedelta(seconds=31), MAILING, gone)
            return


def _mailings(after: datetime, before: datetime) -> Iterator[datetime]:
    """The second Thursday of each month, in the morning."""
    first = after.replace(day=1, hour=7, minute=30, second=0, microsecond=0)
    while first < before:
        sent = first + timedelta(days=(3 - first.weekday()) % 7 + 7)
        if after < sent < before:
            yield sent
        first = (first + timedelta(days=32)).replace(day=1)
