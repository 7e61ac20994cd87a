"""Who has not been seen for a while: "inactive for 14 days"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.models import ProfileStat
from segments.bitmaps import BitMap64, ask_columns, ids_literal
from segments.leaves.base import ANY_EVENT, Condition, Span
from segments.parts import Part
from segments.windows import Duration, swept, zone
from segments.world import World

_SEEN = sql.SQL("(SELECT profile_id AS id, last_seen FROM profiles_profilestat) AS p")


@dataclass(frozen=True)
class Inactive(Condition):
    """Was seen once, and did nothing for so long. Somebody never seen is unknown, and not in it."""

    duration: Duration

    key, label, hint = "inactive", gettext_lazy("Inactivity"), gettext_lazy("not seen for a while")
    common = True
    form, starts = (Part("duration", "for", gettext_lazy("Inactive for")),), {"for": "14 days"}
    examples = ({"for": "14 days"},)

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Inactive:
        return cls(Duration.parse(raw.pop("for", None), path))

    def body(self) -> dict[str, Any]:
        return {"for": str(self.duration)}

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({ANY_EVENT})

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        # From the events, not from last_seen: an index there would cost every update of it.
        low, high = swept(self.duration, since, until)
        return [Span(None, low, high)] if low < high else []

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        source: sql.Composable = _SEEN
        if among is not None:
            source = sql.SQL("{} WHERE p.id = ANY({})").format(_SEEN, ids_literal(among))
        tests = {
            key: sql.SQL("p.last_seen <= {}").format(sql.Literal(leaf.duration.before(at)))
            for key, leaf in leaves.items()
        }
        return ask_columns(source, tests)

    def sentence(self, world: World) -> str:
        return _("inactive for %(duration)s") % {"duration": self.duration.words()}

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        stat = ProfileStat.objects.filter(pk=profile_id).first()
        if stat is None:
            return _("never seen")
        seen = date_format(stat.last_seen.astimezone(zone()), "DATETIME_FORMAT")
        return _("last seen %(when)s") % {"when": seen}
