"""Which of their fields is which of ours, and whose word counts: Connection.mapping, read and checked for shape.

{object: {"create_here": bool, "create_there": segment slug, "fields": [
    {"remote": key, "local": attribute | "segments" | "link", "owner": Owner, "blank": bool,
     "only": [segment slugs], "create": {"label", "type"}}]}}

Only what `preflight` adds (the remote's live schema) can tell whether it makes sense.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _

from connectors.adapters import adapter
from connectors.adapters.base import Field, Object
from connectors.models import Connection
from connectors.ownership import Owner

SEGMENTS: Final = "segments"
LINK: Final = "link"
TRAITS: Final = "traits."


class MappingError(ValueError):
    """The mapping cannot be read; the message says where and why."""


@dataclass(frozen=True)
class Line:
    """One field of theirs and what of ours it is. `field` is theirs as the live schema has it, or will."""

    remote: str
    local: str
    owner: str
    field: Field
    blank: bool = False
    only: frozenset[str] = frozenset()
    create: bool = False

    @cached_property
    def trait(self) -> str:
        """The key of the trait that it is, "" for what Kith computes: that can only be sent."""
        return self.local.removeprefix(TRAITS) if self.local.startswith(TRAITS) else ""


@dataclass(frozen=True)
class Plan:
    """How one object of a connection is synchronised."""

    object: Object
    create_here: bool = False
    create_there: str = ""
    lines: tuple[Line, ...] = ()
    # Lines by remote key.
    by_remote: Mapping[str, Line] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Is anything ever sent? Companies and deals are read only."""
        sent = (line for line in self.lines if line.owner != Owner.CRM)
        return self.object.writable and self.object.kind == "person" and any(sent)


def plans(connection: Connection) -> dict[str, Plan]:
    """How each object that is synchronised is, in the adapter's order, deals last. Raises MappingError."""
    known = {each.key: each for each in adapter(connection.adapter).objects}
    if not isinstance(connection.mapping, dict):
        raise MappingError(_("The mapping is not an object."))
    if unknown := connection.mapping.keys() - known.keys():
        raise MappingError(_("There is no such object: %(keys)s.") % {"keys": ", ".join(sorted(unknown))})
    order = sorted(known.values(), key=lambda each: ("company", "person", "deal").index(each.kind))
    return {each.key: _plan(connection, each) for each in order if each.key in connection.mapping}


def _plan(connection: Connection, object_: Object) -> Plan:
    raw = connection.mapping[object_.key]
    if not isinstance(raw, dict) or not isinstance(raw.get("fields", []), list):
        raise MappingError(f"{object_.key}: " + _("An object with “fields” is expected."))
    live = {each["key"]: _field(each) for each in connection.schema.get(object_.key, [])}
    lines = tuple(_line(object_, number, line, live) for number, line in enumerate(raw.get("fields", []), 1))
    by_remote = {line.remote: line for line in lines}
    if len(by_remote) < len(lines):
        raise MappingError(f"{object_.key}: " + _("A field occurs twice."))
    return Plan(object_, raw.get("create_here") is True, str(raw.get("create_there") or ""), lines, by_remote)


def _line(object_: Object, number: int, raw: Any, live: Mapping[str, Field]) -> Line:
    where = f"{object_.key}, {number}: "
    if not isinstance(raw, dict):
        raise MappingError(where + _("An object is expected."))
    remote, local, owner = (str(raw.get(key) or "") for key in ("remote", "local", "owner"))
    if not remote or not local:
        raise MappingError(where + _("“remote” and “local” are missing."))
    if owner not in Owner.values:
        raise MappingError(where + _("“owner” is one of %(owners)s.") % {"owners": ", ".join(Owner.values)})
    if object_.kind == "person" and not local.startswith(TRAITS) and owner not in {Owner.KITH, Owner.OFF}:
        raise MappingError(where + _("Kith computes this: only Kith can own it."))
    wanted = raw.get("create")
    made = wanted or {}
    if wanted is not None and not isinstance(wanted, dict):
        raise MappingError(where + _("“create” has a label and a type."))
    return Line(
        remote=remote,
        local=local,
        owner=owner,
        field=live.get(remote) or Field(remote, str(made.get("label") or remote), str(made.get("type") or "text")),
        blank=bool(raw.get("blank", local == SEGMENTS)),
        only=frozenset(map(str, raw.get("only") or ())),
        create=wanted is not None,
    )  # fmt: skip


def _field(stored: Mapping[str, Any]) -> Field:
    return Field(**{**stored, "choices": tuple(stored.get("choices") or ())})
