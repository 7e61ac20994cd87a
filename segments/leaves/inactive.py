"""Who has not been seen for a while: "inactive for 14 days"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.models import ProfileStat
from segments.bitmaps import BitMap64, ask_columns, ask_set, ids_literal
from segments.leaves.base import ANY_EVENT, Condition, Span
from segments.parts import Part
from segments.passing import crossed
from segments.windows import Duration, swept, zone
from segments.wishes import ANY, Wish
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
        if world.past:
            return _ask_the_past(leaves, at, among)
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
        last = _last_seen(profile_id, at) if world.past else _stat(profile_id)
        if last is None:
            return _("never seen")
        return _("last seen %(when)s") % {"when": date_format(last.astimezone(zone()), "DATETIME_FORMAT")}

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        last = _stat(profile_id)
        return [moment for moment in crossed(self.duration, last) if moment > at] if last else []

    def wish(self, at: datetime, profile_id: int, world: World, wanted: bool) -> Wish | None:
        return None if wanted else Wish(_("any event"), ANY)

    def would(self, wish: Wish, at: datetime, profile_id: int, world: World) -> bool | None:
        return False if wish.event else None


def _stat(profile_id: int) -> datetime | None:
    return ProfileStat.objects.filter(pk=profile_id).values_list("last_seen", flat=True).first()


def _last_seen(profile_id: int, at: datetime) -> datetime | None:
    query = sql.SQL("SELECT max(occurred_at) FROM profiles_event WHERE {} AND profile_id = {}").format(
        _SAID.format(sql.Literal(at)), sql.Literal(profile_id)
    )
    connection.ensure_connection()
    row = connection.connection.execute(query).fetchone()
    return row[0] if row else None


def _ask_the_past(leaves: dict[int, Any], at: datetime, among: BitMap64 | None) -> dict[int, BitMap64]:
    """Seen for the first time before the bound, and not since: of the events, only those since are read."""
    some = sql.SQL("") if among is None else sql.SQL(" AND profile_id = ANY({})").format(ids_literal(among))
    found = {}
    for key, leaf in leaves.items():
        low = sql.Literal(leaf.duration.before(at))
        seen = sql.SQL("SELECT profile_id FROM profiles_profilestat WHERE first_seen <= {}{}").format(low, some)
        since = sql.SQL("SELECT profile_id FROM profiles_event WHERE {} AND occurred_at > {}{}").format(
            _SAID.format(sql.Literal(at)), low, some
        )
        found[key] = ask_set(sql.SQL("{} EXCEPT {}").format(seen, since))
    return found


# What is derived came with no identity, and is nothing that anybody did: it does not count in profile_stat either.
_SAID = sql.SQL("occurred_at <= {} AND identifier_id IS NOT NULL")
