"""What `prepare` tells the launcher, heard as it comes."""

from __future__ import annotations

import json

from cdp_site.embedded.progress import Progress


class Answer:
    """Lines of JSON in pieces: how far it has come is shown, the last one is kept (see prepare.py)."""

    def __init__(self, progress: Progress) -> None:
        self.complete = False
        self.password: str | None = None
        self._progress = progress
        self._rest = b""

    def hear(self, piece: bytes | None) -> None:
        """Take in what was read; None or nothing: there was nothing new."""
        *lines, self._rest = (self._rest + (piece or b"")).split(b"\n")
        for said in map(json.loads, lines):
            if "progress" in said:
                self._progress(*said["progress"])
            else:
                self.complete, self.password = True, said["password"]
