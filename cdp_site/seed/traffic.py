"""Where visits come from and on what they are made: data only, of the kinds that a real shop sees."""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """A way to the shop. `first` and `again`: its weight for a first visit and for a later one.

    `query` is what stands behind the question mark of the landing page; {click} becomes a click id, {lang} a language.
    """

    first: int
    again: int
    referrer: str
    query: str = ""
    landing: str = "category"


ORIGINS = [
    Origin(11, 36, "", landing="home"),
    Origin(24, 18, "https://www.google.com/"),
    Origin(3, 2, "https://duckduckgo.com/"),
    Origin(3, 2, "https://www.bing.com/"),
    Origin(2, 1, "https://www.ecosia.org/"),
    Origin(8, 3, "https://www.google.com/",
           "utm_source=google&utm_medium=cpc&utm_campaign=search-{lang}&utm_term=trekking&gclid={click}"),
    Origin(4, 5, "https://www.google.com/",
           "utm_source=google&utm_medium=cpc&utm_campaign=brand&gclid={click}", "home"),
    Origin(6, 3, "https://www.google.com/",
           "utm_source=google&utm_medium=cpc&utm_campaign=shopping-{lang}&gclid={click}", "product"),
    Origin(2, 1, "https://www.bing.com/", "utm_source=bing&utm_medium=cpc&utm_campaign=search-{lang}&msclkid={click}"),
    Origin(7, 3, "https://l.facebook.com/",
           "utm_source=facebook&utm_medium=paid_social&utm_campaign=summits-{lang}&utm_content=video-a&fbclid={click}"),
    Origin(5, 3, "https://l.instagram.com/",
           "utm_source=instagram&utm_medium=paid_social&utm_campaign=summits-{lang}&utm_content=story-b&fbclid={click}"),
    Origin(5, 4, "https://www.instagram.com/"),
    Origin(2, 1, "https://www.youtube.com/"),
    Origin(1, 1, "https://www.reddit.com/r/Ultralight/"),
    Origin(2, 1, "", "utm_source=youtube&utm_medium=cpv&utm_campaign=bivouac-film"),
    Origin(2, 1, "https://www.wandermagazin.example/",
           "utm_source=wandermagazin&utm_medium=display&utm_campaign=autumn"),
    Origin(3, 2, "https://www.wandermagazin.example/beste-zelte", landing="product"),
    Origin(3, 2, "https://www.randonner.example/chaussures", landing="product"),
    Origin(2, 1, "https://www.gear-notes.example/stove-test",
           "utm_source=gear-notes&utm_medium=affiliate&utm_campaign=stove-test", "product"),
    Origin(4, 3, "https://chatgpt.com/", "utm_source=chatgpt.com", "product"),
    Origin(2, 1, "https://www.perplexity.ai/", landing="product"),
    Origin(1, 1, "https://claude.ai/"),
    Origin(1, 1, "https://gemini.google.com/"),
    Origin(0, 3, "", "utm_source=parcel&utm_medium=sms&utm_campaign=delivery", "home"),
]  # fmt: skip

NEWSLETTER = "utm_source=newsletter&utm_medium=email&utm_campaign={letter}"

# By month: what the newsletter was called, how busy the shop is.
LETTERS = (
    *("winter-clearance", "ski-touring", "spring-kickoff", "huts-open", "light-tents", "summer-packing"),
    *("summer-sale", "bivouac-nights", "autumn-colours", "boots-for-rain", "black-week", "gifts-outdoors"),
)
SEASON = (0.55, 0.5, 0.75, 0.95, 1.0, 0.95, 0.85, 0.75, 0.7, 0.65, 1.0, 0.95)
# From Monday on, and from midnight on.
WEEK = (0.8, 0.75, 0.75, 0.8, 0.75, 0.9, 1.0)
HOURS = (4, 2, 1, 1, 1, 2, 5, 10, 14, 16, 18, 20, 26, 22, 18, 18, 20, 24, 28, 34, 40, 38, 26, 12)


class Device(NamedTuple):
    """A browser as it introduces itself; `share` among all."""

    share: int
    agent: str
    screen: tuple[int, int]


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome"
DEVICES = [
    Device(30, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
               "Version/26.0 Mobile/15E148 Safari/604.1", (393, 852)),
    Device(24, f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT}/142.0.0.0 Mobile Safari/537.36", (412, 915)),
    Device(18, f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}/142.0.0.0 Safari/537.36", (1920, 1080)),
    Device(8, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
              "Version/26.0 Safari/605.1.15", (1512, 982)),
    Device(6, f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT}/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
           (1536, 864)),
    Device(5, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", (2560, 1440)),
    Device(4, "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
              "Version/26.0 Mobile/15E148 Safari/604.1", (820, 1180)),
    Device(3, "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) "
              "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", (384, 854)),
    Device(2, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", (1440, 900)),
]  # fmt: skip

BOTS = [
    f"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) {_WEBKIT}/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
]
