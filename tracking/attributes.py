"""Visits as attributes that rules can ask: how many, and the first, the last and the last that was not direct.

Those of bots do not count. An index leads to each visit: one look-up per person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, LiteralString, NamedTuple

from django.utils.translation import gettext as _
from psycopg import sql

from profiles.attributes import Attribute, Joined, register
from tracking.channels import Channel
from tracking.visit_rows import TOPIC


class Touch(NamedTuple):
    """One visit of a person: `order` of those before it, among those that are `eligible`."""

    order: sql.SQL
    eligible: sql.Composable


_TOUCHES: Final = {
    "first": Touch(sql.SQL("ASC"), sql.SQL("NOT v.bot")),
    "last": Touch(sql.SQL("DESC"), sql.SQL("NOT v.bot")),
    "last_non_direct": Touch(
        sql.SQL("DESC"), sql.SQL("NOT v.bot AND v.channel <> {}").format(sql.Literal(Channel.DIRECT.value))
    ),
}
_NO_BLANK: Final = "to_jsonb(NULLIF({}, ''))"
_FIELDS: Final = {"channel": "channel", "source": "origin", "campaign": "campaign"}


@register
def visits() -> Iterable[Attribute]:
    """`visits.count`, and channel, source and campaign of three visits: `visits.first_channel` ..."""
    yield _attribute("count", _("Visits"), "last", "number", value="COALESCE(to_jsonb({}), '0')", kind="number")
    labels = {
        "first": {
            "channel": _("First visit: channel"),
            "source": _("First visit: source"),
            "campaign": _("First visit: campaign"),
        },
        "last": {
            "channel": _("Last visit: channel"),
            "source": _("Last visit: source"),
            "campaign": _("Last visit: campaign"),
        },
        "last_non_direct": {
            "channel": _("Last visit that was not direct: channel"),
            "source": _("Last visit that was not direct: source"),
            "campaign": _("Last visit that was not direct: campaign"),
        },
    }
    for touch, named in labels.items():
        for field, label in named.items():
            yield _attribute(f"{touch}_{field}", label, touch, _FIELDS[field])


def _attribute(
    key: str, label: str, touch: str, column: str, *, value: LiteralString = _NO_BLANK, kind: str = "text"
) -> Attribute:
    wanted, table = sql.SQL(value), f"visit_{touch}"
    return Attribute(
        key=f"visits.{key}",
        label=label,
        type=kind,
        topic=TOPIC,
        expression=_of_one(wanted, _TOUCHES[touch], sql.Identifier(column)),
        always=kind == "number",
        recalls=True,
        joined=Joined(_of_all(_TOUCHES[touch], sql.Identifier(table)), wanted.format(sql.Identifier(table, column))),
    )


def _of_one(wanted: sql.SQL, touch: Touch, column: sql.Identifier) -> Callable[[datetime | None], sql.Composable]:
    def expression(at: datetime | None) -> sql.Composable:
        known = sql.SQL(" AND v.started_at <= {}").format(sql.Literal(at)) if at else sql.SQL("")
        found = sql.SQL(
            "(SELECT v.{column} FROM tracking_visit AS v WHERE v.profile_id = p.id AND {eligible}{known}"
            " ORDER BY v.started_at {order}, v.event_id {order} LIMIT 1)"
        )
        return wanted.format(found.format(column=column, eligible=touch.eligible, known=known, order=touch.order))

    return expression


def _of_all(touch: Touch, table: sql.Identifier) -> sql.Composable:
    return sql.SQL(
        "LEFT JOIN (SELECT DISTINCT ON (v.profile_id) v.profile_id, v.number, v.channel, v.origin, v.campaign"
        " FROM tracking_visit AS v WHERE {eligible}"
        " ORDER BY v.profile_id {order}, v.started_at {order}, v.event_id {order}) AS {table}"
        " ON {table}.profile_id = p.id"
    ).format(eligible=touch.eligible, order=touch.order, table=table)
