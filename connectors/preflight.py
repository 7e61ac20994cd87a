"""Before anything is written: does the mapping fit what the remote has now, and what Kith has?

A line that does not is left out of every run until it does, and says why on the connection's page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.adapters.base import Adapter, Field
from connectors.gateway import opened
from connectors.mapping import LINK, SEGMENTS, Line, Plan, plans
from connectors.models import Connection
from connectors.naming import identifier_type
from connectors.ownership import Owner
from profiles.attributes import Attribute, catalogue
from profiles.models import IdentifierType

# How long what was seen is believed.
FRESH: Final = timedelta(minutes=15)
# Above e-mail addresses: when both cannot be one person's, the CRM's own id tells whom a record is about.
_RANK: Final = 1
# Which of our types say something in which of theirs; everything does in a text.
_FITS: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset({"number", "text"}),
    "date": frozenset({"date", "text"}),
    "boolean": frozenset({"boolean", "text", "number"}),
    "list": frozenset({"list", "text"}),
}


def stale(connection: Connection) -> bool:
    """Is it time to look again?"""
    return connection.checked_at is None or timezone.now() - connection.checked_at > FRESH


def check(connection: Connection) -> list[dict[str, str]]:
    """Look now, make the fields that are missing, and say what is wrong: [{"object", "remote", "words"}].

    Raises MappingError for a mapping that cannot be read at all, Fault when the remote cannot be asked.
    """
    with opened(connection) as adapter:
        return look(connection, adapter)


def look(connection: Connection, adapter: Adapter, *, make: bool = True) -> list[dict[str, str]]:
    """The same with an adapter at hand; without `make` nothing is written there."""
    known = catalogue()
    schema: dict[str, list[dict[str, Any]]] = {}
    problems: list[dict[str, str]] = []
    for kind, plan in plans(connection).items():
        live = _live(adapter, plan, make=make)
        schema[kind] = [asdict(field) for field in live.values()]
        found = ((line, _wrong(plan, line, live.get(line.remote), known, make=make)) for line in plan.lines)
        problems += [{"object": kind, "remote": line.remote, "words": words} for line, words in found if words]
    _identifier_types(connection, adapter)
    connection.schema, connection.problems, connection.checked_at = schema, problems, timezone.now()
    connection.save(update_fields=["schema", "problems", "checked_at"])
    return problems


def sound(connection: Connection) -> dict[str, Plan]:
    """How each object is synchronised, without the lines that do not fit. Raises MappingError."""
    wrong = {(each["object"], each["remote"]) for each in connection.problems}
    return {
        kind: Plan(plan.object, plan.create_here, plan.create_there, lines, {line.remote: line for line in lines})
        for kind, plan in plans(connection).items()
        for lines in [tuple(line for line in plan.lines if (kind, line.remote) not in wrong)]
    }


def _live(adapter: Adapter, plan: Plan, *, make: bool) -> dict[str, Field]:
    live = {field.key: field for field in adapter.schema(plan.object.key)}
    missing = [line for line in plan.lines if line.create and line.remote not in live and line.owner != Owner.OFF]
    if missing and make:
        fields = [Field(line.remote, line.field.label, line.field.type, custom=True) for line in missing]
        adapter.ensure_fields(plan.object.key, fields)
        live = {field.key: field for field in adapter.schema(plan.object.key)}
    return live


def _wrong(plan: Plan, line: Line, live: Field | None, known: Mapping[str, Attribute], *, make: bool) -> str:
    if live is None:
        return "" if line.create and not make else _("The system has no such field.")
    if plan.object.kind != "person" or line.owner == Owner.OFF:
        return ""
    if not live.writable and line.owner != Owner.CRM:
        return _("The field cannot be written: only the CRM can own it.")
    attribute = known.get(line.local)
    if attribute is None:
        # A trait is known once somebody has said one.
        return "" if line.trait or line.local in {SEGMENTS, LINK} else _("Kith has no such attribute.")
    if attribute.type not in _FITS.get(live.type, {attribute.type}):
        return _("A %(ours)s does not fit into a %(theirs)s.") % {"ours": attribute.type, "theirs": live.type}
    return ""


def _identifier_types(connection: Connection, adapter: Adapter) -> None:
    people: Sequence[str] = [each.key for each in adapter.objects if each.kind == "person"]
    IdentifierType.objects.bulk_create(
        [
            IdentifierType(
                name=identifier_type(connection.slug, kind),
                label=f"{connection.name} {kind}"[:80],
                rank=_RANK,
                unique=True,
            )
            for kind in people
        ],
        ignore_conflicts=True,
    )
