"""What a condition asks its author for: the parts of its form, which the builder in the browser draws one by one.

A part has a kind (static/segments/parts.js draws each kind once), mostly the key of the condition's JSON that it
fills, and words that stand before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Words = str | Promise
# The forms of a window, in the order in which they are offered: see windows.Window.
WINDOWS = ("ever", "within", "before", "between", "dates")


@dataclass(frozen=True)
class Part:
    """`words` stand before it, `after` behind; `label` names it for who cannot see where it stands.

    What `more` is known only when it is drawn, a function gives.
    """

    kind: str
    key: str = ""
    words: Words = ""
    label: Words = ""
    after: Words = ""
    more: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """For the browser."""
        said = {"words": self.words, "label": self.label, "after": self.after}
        more = {name: _plain(value() if callable(value) else value) for name, value in self.more.items()}
        return {"kind": self.kind, "key": self.key, **{name: str(text) for name, text in said.items() if text}, **more}


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):
        return str(value)
    return {key: str(word) for key, word in value.items()} if isinstance(value, dict) else value


def words(text: Words) -> Part:
    """Only words."""
    return Part("words", words=text)


def windows(*forms: str) -> Part:
    """A period of time, in one of these forms (all when none is named)."""
    return Part("window", more={"forms": list(forms or WINDOWS)})


def number(key: str, label: Words, least: float, most: float, **more: Any) -> Part:
    """A number from `least` to `most`."""
    return Part("number", key, label=label, more={"least": least, "most": most, **more})


EVENT, FILTERS, SEGMENT = Part("event", "event"), Part("filters", "where"), Part("segment", "segment")
