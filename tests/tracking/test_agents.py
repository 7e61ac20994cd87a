"""What user agents say."""

import pytest

from tracking.agents import Agent, read

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
AGENTS = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/142.0 Safari/537.36": Agent(
        "Chrome", "Windows", "desktop"
    ),
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/142.0 Mobile Safari/537.36": Agent(
        "Chrome", "Android", "mobile"
    ),
    f"Mozilla/5.0 (Linux; Android 14; SM-X710) {_WEBKIT} Chrome/142.0 Safari/537.36": Agent(
        "Chrome", "Android", "tablet"
    ),
    "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 "
    "Mobile/15E148 Safari/604.1": Agent("Safari", "iOS", "tablet"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0": Agent("Firefox", "Linux", "desktop"),
    f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/142.0 Safari/537.36": Agent(
        "HeadlessChrome", "Linux", "desktop", bot=True
    ),
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": Agent("Googlebot", "", "", bot=True),
    "python-requests/2.32": Agent("Python Requests", "", "", bot=True),
    "": Agent(),
}


@pytest.mark.parametrize(("sent", "says"), AGENTS.items(), ids=[sent[:60] for sent in AGENTS])
def test_browser_system_device_and_whether_it_is_a_program(sent: str, says: Agent) -> None:
    assert read(sent) == says
