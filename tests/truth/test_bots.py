"""User agents of crawlers and of browsers: how many of each are told right. What was reached stands in the figures."""

import os
import re
from pathlib import Path

import pytest

from tracking.agents import read

TRUTH = Path(os.environ.get("KITH_TRUTH") or Path(__file__).resolve().parents[3] / "shared" / "truth")
BOTS = TRUTH / "bots"
# Reached when this was written: 97.1 % of 626 crawlers, 2.2 % of 555 browsers (most of which are programs).
RECALL, FALSE = 0.96, 0.025

pytestmark = pytest.mark.skipif(not BOTS.exists(), reason=f"no {BOTS}: set KITH_TRUTH to where the truth is")


def _agents(name: str) -> list[str]:
    """The entries of a simple YAML file: lists of texts, some in quotation marks."""
    lines = re.findall(r"^  - (.+)$", (BOTS / name).read_text(), re.MULTILINE)
    return [line[1:-1] if line[0] == line[-1] == '"' else line for line in lines]


def test_programs_are_told_from_people() -> None:
    crawlers, browsers = _agents("crawlers.yml"), _agents("browsers.yml")
    assert (len(crawlers), len(browsers)) == (626, 555)
    recall = sum(read(agent).bot for agent in crawlers) / len(crawlers)
    false = sum(read(agent).bot for agent in browsers) / len(browsers)
    assert recall > RECALL
    assert false < FALSE
