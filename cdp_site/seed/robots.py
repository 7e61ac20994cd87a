"""What is no person in the made-up shop: robots that read its pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from cdp_site.seed.people import random_of
from cdp_site.seed.shop import PRODUCTS, SITE
from cdp_site.seed.story import BROWSER, Said, Story
from cdp_site.seed.traffic import BOTS

# One robot among so many people.
EVERY = 50


def robot(number: int, now: datetime) -> list[Said]:
    """One reads some pages one after the other, faster than people do, and keeps no cookie for another day."""
    random = random_of(number, "robot")
    story = Story(f"robot-{number}", now, random)
    device = str(UUID(int=random.getrandbits(128), version=4))
    at = story.ago(random.uniform(0, 90))
    agent = BOTS[number % len(BOTS)]
    for product in random.sample(PRODUCTS, random.randint(3, 15)):
        page = {"url": SITE + product.path, "path": product.path, "referrer": "", "search": "", "title": product.name}
        context = {"page": page, "userAgent": agent, "library": {"name": "kith.js", "version": "1"}}
        story.say(at, BROWSER, {"type": "page", "anonymousId": device, "properties": {}, "context": context})
        at += timedelta(seconds=random.uniform(0.5, 4))
    return story.said
