"""What is known about the companies of a person: "belongs to a company whose industry is retail"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from profiles.accounts import TOPIC
from profiles.attributes import Member
from profiles.models import Account
from segments.bitmaps import BitMap64, ask_rows, ids_literal
from segments.leaves.base import Condition, Span
from segments.leaves.filters import Filters, filters_json, filters_words, parse_filters
from segments.operands import as_date
from segments.parts import Part, words
from segments.windows import today
from segments.world import World

_TRAITS = sql.SQL("a.traits")
_BELONGS = sql.SQL(
    "SELECT m.profile_id FROM profiles_accountmember AS m JOIN profiles_account AS a ON a.id = m.account_id WHERE {}"
)


@dataclass(frozen=True)
class Company(Condition):
    """Belongs to an account (a company, a household) for which all the filters hold; to any, without filters."""

    where: Filters = ()

    key, label, hint = "company", gettext_lazy("Company"), gettext_lazy("works for a company in retail")
    form = (words(gettext_lazy("Belongs to a company")), Part("filters", "where", more={"about": "account"}))
    starts: ClassVar[dict[str, Any]] = {}
    examples = (
        {"where": [{"property": "industry", "op": "is", "value": "retail"}]},
        {"where": [{"property": "employees", "op": "over", "value": 50}, {"property": "plan", "op": "known"}]},
        {},
    )

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Company:
        return cls(parse_filters(raw, path))

    def body(self) -> dict[str, Any]:
        return filters_json(self.where)

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({TOPIC})

    def edges(self, since: datetime, until: datetime, world: World) -> list[Span | sql.Composable]:
        before, after = today(since), today(until)
        tests = [item.moved(before, after, _TRAITS) for item in self.where] if before != after else []
        return [_BELONGS.format(test) for test in tests if test is not None]

    def recalls(self, world: World) -> bool:
        """What was known of a company once is not kept."""
        return False

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some: sql.Composable = sql.SQL("true")
        if among is not None:
            some = sql.SQL("m.profile_id = ANY({})").format(ids_literal(among))
        parts = [
            sql.SQL("SELECT {}::bigint AS key, found.profile_id FROM ({}) AS found").format(
                sql.Literal(key), _BELONGS.format(sql.SQL(" AND ").join([some, *leaf._tests(at)]))
            )
            for key, leaf in leaves.items()
        ]
        return ask_rows(sql.SQL(" UNION ALL ").join(parts)) if parts else {}

    def sentence(self, world: World) -> str:
        return " ".join(part for part in (_("belongs to a company"), filters_words(self.where)) if part)

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        accounts = Account.objects.filter(accountmember__profile_id=profile_id).order_by("pk")[:5]
        return ", ".join(map(str, accounts)) or _("no company")

    def moments(self, at: datetime, profile_id: int, world: World) -> list[datetime]:
        turning = [item for item in self.where if not item.steady()]
        if not turning:
            return []
        dates = [as_date(Member(_TRAITS, item.property)) for item in turning]
        query = sql.SQL(
            "SELECT {} FROM profiles_accountmember AS m JOIN profiles_account AS a ON a.id = m.account_id"
            " WHERE m.profile_id = {}"
        ).format(sql.SQL(", ").join(dates), sql.Literal(profile_id))
        connection.ensure_connection()
        rows = connection.connection.execute(query).fetchall()
        known = [(item, day) for row in rows for item, day in zip(turning, row, strict=True) if day]
        return sorted({moment for item, day in known for moment in item.midnights(day, at)})

    def _tests(self, at: datetime) -> list[sql.Composable]:
        return [sql.SQL("({})").format(item.holds(at, _TRAITS)) for item in self.where]
