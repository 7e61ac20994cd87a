"""The write key of the demo shop, in plain text: its pages carry it, and the launcher prints it."""

from __future__ import annotations

from cdp_site.embedded import paths

_FILE = "demo_write_key"


def keep(key: str) -> None:
    """Keep it in the data directory, for its owner alone."""
    paths.write_secret(_FILE, key, replace=True)


def kept() -> str:
    """The key, or nothing where no demo shop was seeded."""
    path = paths.data_dir() / _FILE
    return path.read_text().strip() if path.exists() else ""
