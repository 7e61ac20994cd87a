"""What rules ask of how scores move: "engagement went up into Hot in the last 7 days"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.derived import SCORE_CHANGED
from scoring.cycles import PREFIX
from scoring.models import ScoreModel
from segments.errors import RuleError
from segments.leaves import Did
from segments.leaves.alias import Alias
from segments.leaves.filters import Filter, Filters, in_order
from segments.parts import Part, windows, words
from segments.windows import EVER, Window
from segments.world import World

_ANY = "any"
_MOVES: dict[str, str | Promise] = {
    _ANY: gettext_lazy("moved"),
    "up": gettext_lazy("went up"),
    "down": gettext_lazy("went down"),
}
_TESTS: dict[str, Filters] = {
    _ANY: (),
    "up": (Filter("change", "over", 0),),
    "down": (Filter("change", "under", 0),),
}


def _models() -> dict[str, str]:
    return dict(ScoreModel.objects.order_by("name").values_list("slug", "name"))


@dataclass(frozen=True)
class ScoreMoved(Alias):
    """A score moved by enough to be told of, in a window: up, down or either way; with `band`, into that band.

    A first score is a move, but neither up nor down.
    """

    score: str
    moved: str = _ANY
    band: str = ""
    window: Window = EVER

    key, label, hint = "score_moved", gettext_lazy("Score moved"), gettext_lazy("became hot this week")
    form = (
        words(gettext_lazy("Score")),
        Part("choose", "score", "", gettext_lazy("Score"), "", {"choices": _models}),
        Part("choose", "moved", "", gettext_lazy("Which way"), "", {"choices": _MOVES}),
        Part("text", "band", gettext_lazy("into the band"), gettext_lazy("Band"), "", {"any": gettext_lazy("any")}),
        windows(),
    )
    starts: ClassVar[dict[str, Any]] = {"moved": "up", "within": "7 days"}
    examples = (
        {"score": "engagement", "moved": "up", "within": "7 days"},
        {"score": "rfm", "moved": "any", "band": "At Risk", "within": "30 days"},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        score, moved, band = raw.pop("score", None), raw.pop("moved", _ANY), raw.pop("band", "")
        if not isinstance(score, str) or not score or "\0" in score:
            raise RuleError(path, _("Choose a score."))
        if not isinstance(moved, str) or moved not in _MOVES:
            raise RuleError(path, _("A score goes up, goes down, or moves any way."))
        if not isinstance(band, str) or "\0" in band or len(band) > 200:
            raise RuleError(path, _("Give the name of a band."))
        return cls(score, moved, band, Window.parse(raw, path))

    def body(self) -> dict[str, Any]:
        band = {"band": self.band} if self.band else {}
        return {"score": self.score, "moved": self.moved} | band | self.window.to_json()

    def check(self, world: World, path: str) -> None:
        if f"{PREFIX}{self.score}" not in world.attributes:
            raise RuleError(path, _("The score “%(score)s” does not exist.") % {"score": self.score})

    def asks(self) -> frozenset[str]:
        return frozenset({f"{PREFIX}{self.score}"})

    def means(self) -> Did:
        into = (Filter("band_to", "is", self.band), Filter("band_from", "is", self.band, negated=True))
        where = (Filter("model", "is", self.score), *_TESTS[self.moved], *(into if self.band else ()))
        return Did(SCORE_CHANGED, window=self.window, where=in_order(where))

    def sentence(self, world: World) -> str:
        known = world.attributes.get(f"{PREFIX}{self.score}")
        parts = [known.label if known else self.score, str(_MOVES[self.moved])]
        parts += [_("into “%(band)s”") % {"band": self.band} if self.band else "", self.window.words()]
        return " ".join(part for part in parts if part)
