"""The mapping changed by people: owners, fields added and taken away, which objects are synchronised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from connectors.adapters import adapter
from connectors.adapters.base import Object
from connectors.mapping import MappingError, plans
from connectors.models import Connection, Link
from connectors.ownership import Owner

_NOT_IN_A_KEY = re.compile(r"[^a-z0-9]+")


def remap(connection: Connection, said: Mapping[str, str]) -> bool:
    """Take what the form of the fields says; whether anything is different now. Raises MappingError.

    Per object: "<object>.on", "<object>.create_here", "<object>.create_there" (a segment's slug), per line
    "<object>.<n>.owner", ".blank" and ".remove", and for a new one "<object>.new.remote" (or ".label" for a field
    to be made there), ".local" and ".owner". Every link is compared again, for what was agreed may not be any more.
    """
    before = connection.mapping
    after = {
        each.key: _object(each, before.get(each.key), said)
        for each in adapter(connection.adapter).objects
        if said.get(f"{each.key}.on")
    }
    if after == before:
        return False
    connection.mapping = after
    try:
        plans(connection)
    except MappingError:
        connection.mapping = before
        raise
    with transaction.atomic():
        # The fields are checked anew with the next run, and everything is looked at again.
        connection.checked_at = None
        connection.save(update_fields=["mapping", "checked_at"])
        Link.objects.filter(connection=connection).update(digest=b"", stale=True)
    return True


def _object(object_: Object, before: Any, said: Mapping[str, str]) -> dict[str, Any]:
    made = deepcopy(before) if isinstance(before, dict) else {}
    lines = [line for line in made.get("fields", []) if isinstance(line, dict)]
    kept = [_line(object_, number, line, said) for number, line in enumerate(lines)]
    made["fields"] = [line for line in kept if line] + _added(object_, said)
    if object_.kind == "person":
        made["create_here"] = bool(said.get(f"{object_.key}.create_here"))
        if there := said.get(f"{object_.key}.create_there", ""):
            made["create_there"] = there
        else:
            made.pop("create_there", None)
    return made


def _line(object_: Object, number: int, line: dict[str, Any], said: Mapping[str, str]) -> dict[str, Any] | None:
    place = f"{object_.key}.{number}"
    if said.get(f"{place}.remove"):
        return None
    owner = said.get(f"{place}.owner", "")
    return line | ({"owner": owner} if owner in Owner.values else {})


def _added(object_: Object, said: Mapping[str, str]) -> list[dict[str, Any]]:
    place = f"{object_.key}.new"
    remote, label = said.get(f"{place}.remote", ""), said.get(f"{place}.label", "").strip()[:80]
    local, owner = said.get(f"{place}.local", ""), said.get(f"{place}.owner", "") or Owner.KITH
    if object_.kind != "person":
        local, owner = remote, Owner.CRM
    if not remote and not label:
        return []
    if not local:
        raise MappingError(_("Say which of Kith's values the new field is."))
    if remote:
        return [{"remote": remote, "local": local, "owner": owner}]
    key = "kith_" + _NOT_IN_A_KEY.sub("_", label.lower()).strip("_")
    return [{"remote": key, "local": local, "owner": owner, "create": {"label": label, "type": "text"}}]
