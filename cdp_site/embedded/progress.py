"""How far something long has come, for people: one line that keeps changing in a terminal, a few lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 28
_EVERY_SECONDS = 0.1
# Elsewhere than in a terminal, a line after each of these parts.
_PARTS = 4
_CLEAR = "\x1b[K"


class Progress:
    """Draws (done, total, messages); `done` of `total` people. Written with `say` where a whole line is meant."""

    def __init__(self, stream: TextIO, say: Callable[[str], object], prefix: str = "") -> None:
        self._stream = stream
        self._say = say
        self._prefix = prefix
        self._terminal = stream.isatty()
        self._began = self._drawn_at = 0.0
        self._part = 0

    def __call__(self, done: int, total: int, messages: int) -> None:
        """Show it, if there is something new to show."""
        now = time.monotonic()
        self._began = self._began or now
        seconds = max(now - self._began, 1e-3)
        line = f"demo shop: {done:,} of {total:,} people, {messages:,} messages, {messages / seconds:,.0f} a second"
        if done >= total:
            self._stream.write(_CLEAR if self._terminal else "")
            self._say(f"{line}, {seconds:.0f} s")
        elif self._terminal and now - self._drawn_at >= _EVERY_SECONDS:
            self._drawn_at = now
            filled = _WIDTH * done // total
            bar = "█" * filled + "░" * (_WIDTH - filled)
            # Back at the start of the line, so that whatever is said next stands in its place.
            self._stream.write(f"{self._prefix}{bar} {100 * done // total:3} %  {line}{_CLEAR}\r")
            self._stream.flush()
        elif not self._terminal and _PARTS * done // total > self._part:
            self._part = _PARTS * done // total
            self._say(f"{line} ({100 * done // total} %)")
