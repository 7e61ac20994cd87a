"""What rules ask of visits: "visited at least twice in 30 days, by paid search, landing on /sale"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from profiles.derived import VISIT_STARTED
from segments.errors import RuleError
from segments.leaves import Did
from segments.leaves.alias import Alias
from segments.leaves.filters import Filter, in_order
from segments.parts import Part, windows, words
from segments.world import World
from tracking.channels import Channel

# The property of "Visit Started" that each is compared with, and how.
_COMPARED = {"channel": "is", "source": "is", "campaign": "is", "landing_page": "contains"}
_CHANNELS: dict[str, str | Promise] = {channel.value: gettext_lazy(channel.value) for channel in Channel}

_ANY = {"any": gettext_lazy("any")}


@dataclass(frozen=True)
class Visited(Alias):
    """Came so often, in a window: by whatever channel, source and campaign, landing wherever, unless these are given.

    `landing_page` is a part of its address. Those of bots are no visits.
    """

    did: Did
    channel: str = ""
    source: str = ""
    campaign: str = ""
    landing_page: str = ""

    key, label, hint = "visited", gettext_lazy("Visit"), gettext_lazy("came by paid search, landed on /sale")
    common = True
    form = (
        words(gettext_lazy("Visited")),
        Part("count"),
        windows(),
        Part("choose", "channel", gettext_lazy("by"), gettext_lazy("Channel"), "", {
            "choices": _CHANNELS, "any": gettext_lazy("any channel"),
        }),
        Part("text", "landing_page", gettext_lazy("landing on"), gettext_lazy("Part of its address"), "", _ANY),
        Part("text", "source", gettext_lazy("source"), gettext_lazy("Source"), "", _ANY),
        Part("text", "campaign", gettext_lazy("campaign"), gettext_lazy("Campaign"), "", _ANY),
    )  # fmt: skip
    starts: ClassVar[dict[str, Any]] = {"at_least": 1, "within": "30 days"}
    examples = (
        {"at_least": 2, "within": "30 days", "channel": "Paid Search"},
        {"landing_page": "/sale", "campaign": "spring"},
        {"none": True, "within": "60 days"},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        named = {key: _text(raw.pop(key, ""), path) for key in _COMPARED}
        if named["channel"] and named["channel"] not in _CHANNELS:
            raise RuleError(path, _("“%(channel)s” is no channel.") % {"channel": named["channel"]})
        if "where" in raw or "event" in raw:
            raise RuleError(
                path, _("“%(key)s” is not understood here.") % {"key": "where" if "where" in raw else "event"}
            )
        did = Did.parse(raw | {"event": VISIT_STARTED}, path)
        for key in did.body():
            raw.pop(key, None)
        raw.pop("none", None)
        return cls(did, **named)

    def body(self) -> dict[str, Any]:
        named = {key: getattr(self, key) for key in _COMPARED}
        counted = {key: value for key, value in self.did.body().items() if key != "event"}
        return counted | {key: value for key, value in named.items() if value}

    def means(self) -> Did:
        filters = [Filter(key, op, getattr(self, key)) for key, op in _COMPARED.items() if getattr(self, key)]
        return replace(self.did, where=in_order(filters))

    def sentence(self, world: World) -> str:
        parts = [self._often(), self.did.window.words()]
        parts += [_("by %(channel)s") % {"channel": _CHANNELS[self.channel]} if self.channel else ""]
        parts += [_("landing on “%(page)s”") % {"page": self.landing_page} if self.landing_page else ""]
        parts += [_("from the source “%(source)s”") % {"source": self.source} if self.source else ""]
        parts += [_("of the campaign “%(campaign)s”") % {"campaign": self.campaign} if self.campaign else ""]
        return " ".join(part for part in parts if part)

    def _often(self) -> str:
        count, comparison = self.did.count, self.did.comparison
        if comparison == "exactly" and not count:
            return _("never visited")
        if comparison == "at_least" and count == 1:
            return _("visited")
        return {
            "at_least": ngettext("visited at least %d time", "visited at least %d times", count),
            "at_most": ngettext("visited at most %d time", "visited at most %d times", count),
            "exactly": ngettext("visited exactly %d time", "visited exactly %d times", count),
        }[comparison] % count


def _text(given: object, path: str) -> str:
    if not isinstance(given, str) or "\0" in given or len(given) > 500:
        raise RuleError(path, _("Give a text."))
    return given
