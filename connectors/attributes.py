"""What the CRM knows about a person, for rules, mappings and the 360 page: its fields are traits, these its figures.

They are as of now: what a deal was like last month, its events tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import LiteralString

from django.conf import settings
from django.utils.translation import gettext as _
from psycopg import sql

from connectors.deals import TOPIC as DEALS
from connectors.people import LINK_TOPIC as LINK
from profiles.attributes import Attribute, register
from profiles.money import DIGITS


@register
def crm() -> Iterable[Attribute]:
    """The figures of deals, and who looks after the person."""
    return [
        _attribute("open_deals", _("Open deals"), "number", DEALS, _deals("to_jsonb(count(*))", "d.status = 'open'")),
        _attribute("deals_value", _("Value of open deals"), "number", DEALS, _worth("d.status = 'open'")),
        _attribute("won_value", _("Value of won deals"), "number", DEALS, _worth("d.status = 'won'")),
        _attribute(
            "deal_stage", _("Stage of the latest open deal"), "text", DEALS, _latest("stage", "d.status = 'open'")
        ),
        _attribute("deal_outcome", _("Outcome of the latest deal"), "text", DEALS, _latest("status", "true")),
        _attribute("owner", _("Who looks after them in the CRM"), "text", LINK, _owner()),
        _attribute("linked", _("In the CRM"), "boolean", LINK, _linked()),
    ]


def _attribute(key: str, label: str, type_: str, topic: str, expression: sql.Composable) -> Attribute:
    return Attribute(f"crm.{key}", label, type_, topic, lambda _at: expression)


def _deals(what: LiteralString, which: LiteralString) -> sql.Composable:
    return sql.SQL("(SELECT {} FROM connectors_deal d WHERE d.profile_id = p.id AND {})").format(
        sql.SQL(what), sql.SQL(which)
    )


def _worth(which: LiteralString) -> sql.Composable:
    """Of those in the project's currency, in its units; unknown without any."""
    return sql.SQL(
        "(SELECT to_jsonb(sum(d.amount) / {}) FROM connectors_deal d"
        " WHERE d.profile_id = p.id AND d.currency = {} AND {})"
    ).format(sql.Literal(10.0 ** DIGITS.get(settings.CURRENCY, 2)), sql.Literal(settings.CURRENCY), sql.SQL(which))


def _latest(what: LiteralString, which: LiteralString) -> sql.Composable:
    return sql.SQL(
        "(SELECT to_jsonb(d.{}) FROM connectors_deal d WHERE d.profile_id = p.id AND {}"
        " ORDER BY d.updated_at DESC, d.id DESC LIMIT 1)"
    ).format(sql.SQL(what), sql.SQL(which))


def _owner() -> sql.Composable:
    """As the record that was linked first says."""
    return sql.SQL(
        "(SELECT l.shadow -> 'owner' FROM connectors_link l WHERE l.profile_id = p.id AND l.state <> 'missing'"
        " AND coalesce(l.shadow ->> 'owner', '') <> '' ORDER BY l.id LIMIT 1)"
    )


def _linked() -> sql.Composable:
    return sql.SQL(
        "to_jsonb(EXISTS (SELECT FROM connectors_link l"
        " WHERE l.profile_id = p.id AND l.remote_id <> '' AND l.state <> 'missing'))"
    )
