"""The connections that read a segment: who enters it is created there, or its name is written there."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.adapters import adapters
from connectors.mapping import SEGMENTS, Line, MappingError, Plan, plans
from connectors.models import Connection
from connectors.ownership import Owner
from segments.followers import Follower, register


@register
def connections(wanted: frozenset[str]) -> dict[str, list[Follower]]:
    """By segment. A connection whose mapping cannot be read synchronises nothing, and needs no segment."""
    found: dict[str, list[Follower]] = {}
    for connection in Connection.objects.all():
        if connection.adapter not in adapters():
            continue
        try:
            read = plans(connection)
        except MappingError:
            continue
        for plan in read.values():
            for slug, words, needs in _readings(plan, wanted):
                found.setdefault(slug, []).append(_follower(connection, words, needs))
    return found


def _readings(plan: Plan, wanted: frozenset[str]) -> list[tuple[str, str, bool]]:
    """(segment, what is done with its members, whether it is named in the mapping)."""
    readings = []
    if plan.create_there in wanted:
        words = _("who enters is created there (%(object)s)") % {"object": plan.object.label}
        readings.append((plan.create_there, words, True))
    for line in plan.lines:
        if plan.writes and line.local == SEGMENTS and line.owner not in {Owner.CRM, Owner.OFF}:
            words = _("its name is written to the field “%(field)s” of who is in it") % {"field": line.field.label}
            readings += [(slug, words, bool(line.only)) for slug in sorted(_told(line, wanted))]
    return readings


def _told(line: Line, wanted: frozenset[str]) -> frozenset[str]:
    return line.only & wanted if line.only else wanted


def _follower(connection: Connection, words: str, needs: bool) -> Follower:
    return Follower(
        gettext_lazy("Connection"),
        connection.name,
        words if connection.enabled else _("%(words)s, when it is switched on again") % {"words": words},
        reverse("admin:connectors_connection_change", args=[connection.pk]),
        "connectors.view_connection",
        needs,
    )
