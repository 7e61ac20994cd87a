"""A random share of everybody that stays the same: for a test, a pilot, a control group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from segments.bitmaps import BitMap64, ask_columns, ids_literal
from segments.errors import RuleError
from segments.leaves.base import CREATED, Condition
from segments.parts import Part, number, words
from segments.present import present
from segments.wishes import Wish
from segments.world import World

_STEPS = 1_000_000


@dataclass(frozen=True)
class Share(Condition):
    """So many per cent of everybody, chosen by a digest of the person and of a name: another name, other people.

    A share of 20 % contains that of 10 % under the same name.
    """

    percent: float
    name: str = ""

    key, label, hint = "share", gettext_lazy("Random share"), gettext_lazy("10 % of everybody, always the same")
    form = (
        words(gettext_lazy("Is in a random share of")),
        number("percent", gettext_lazy("Per cent"), 0, 100, step="any"),
        words(gettext_lazy("% of everybody, for the test")),
        Part("text", "name", label=gettext_lazy("Name of the test")),
    )
    starts: ClassVar[dict[str, Any]] = {"percent": 10}
    examples = ({"percent": 10}, {"percent": 50, "name": "spring test"})

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Self:
        percent, name = raw.pop("percent", None), raw.pop("name", "")
        if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent <= 100:
            raise RuleError(path, _("Give a share from 0 to 100 per cent."))
        if not isinstance(name, str) or "\0" in name or len(name) > 200:
            raise RuleError(path, _("Give the test a name."))
        return cls(percent, name)

    def body(self) -> dict[str, Any]:
        return {"percent": self.percent} | ({"name": self.name} if self.name else {})

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({CREATED})

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some = sql.SQL("") if among is None else sql.SQL(" AND p.id = ANY({})").format(ids_literal(among))
        return ask_columns(
            sql.SQL("{}{}").format(present(at, world), some),
            {key: sql.SQL("{} < {}").format(leaf._place(), sql.Literal(leaf._until)) for key, leaf in leaves.items()},
        )

    def sentence(self, world: World) -> str:
        share = {"share": number_format(self.percent), "name": self.name}
        if self.name:
            return _("is in a random %(share)s %% of everybody (“%(name)s”)") % share
        return _("is in a random %(share)s %% of everybody") % share

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        return None

    @property
    def _until(self) -> int:
        return round(self.percent * _STEPS / 100)

    def _place(self) -> sql.Composed:
        """A number below _STEPS that is the same for a person for ever."""
        return sql.SQL("('x' || left(md5({} || p.id), 8))::bit(32)::bigint % {}").format(
            sql.Literal(f"{self.name}:"), sql.Literal(_STEPS)
        )
