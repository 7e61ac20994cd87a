"""axe-core in the page under test."""

from __future__ import annotations

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

_SOURCE = AXE_FILE_PATH.read_text()
_GRAVE = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """What axe finds that is serious or critical, one line each: the rule, and the first element that breaks it."""
    page.evaluate(_SOURCE)
    violations = page.evaluate("axe.run()")["violations"]
    return [
        f"{found['id']}: {found['nodes'][0]['html'][:200]} {found['nodes'][0].get('failureSummary', '')[:300]}"
        for found in violations
        if found["impact"] in _GRAVE
    ]
