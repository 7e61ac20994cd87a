"""What can be wrong with a rule, and with what somebody wants of a segment."""

from __future__ import annotations


class RuleError(ValueError):
    """A rule that cannot be read or checked, and where.

    `path` names the condition by the positions that lead to it ("" is the whole rule, "0.2" the third
    condition of the first group); `message` is written for the marketer.
    """

    def __init__(self, path: str, message: object) -> None:
        super().__init__(message)
        self.path = path
        self.message = str(message)

    def __str__(self) -> str:
        return f"{self.path or 'rule'}: {self.message}"


class OverrideError(ValueError):
    """Somebody cannot be put into a segment or kept out of it; the text is for who tried."""
