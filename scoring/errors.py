"""What can be wrong with a score."""

from __future__ import annotations


class ScoreError(ValueError):
    """A configuration that cannot be read or checked, and where.

    `path` leads there through the JSON ("items.2.points"; "" is the whole of it); `message` is for the marketer.
    """

    def __init__(self, path: str, message: object) -> None:
        super().__init__(message)
        self.path = path
        self.message = str(message)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class TooFewError(ScoreError):
    """Nothing is wrong, but there is too little to learn from yet."""

    def __init__(self, message: object) -> None:
        super().__init__("", message)
