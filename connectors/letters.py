"""Dead letters as people see and change them: field by field, in words, and back in the form of the system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils import timezone

from connectors.adapters.base import Field
from connectors.fitting import fitted
from connectors.mapping import MappingError, plans
from connectors.models import Connection, DeadLetter, Link


def lines(letter: DeadLetter) -> list[tuple[str, str, str]]:
    """(key, label, value) of each field of what is written, or was read."""
    schema = _schema(letter)
    payload = letter.payload if isinstance(letter.payload, dict) else {}
    return [(key, schema[key].label if key in schema else key, _shown(value)) for key, value in payload.items()]


def changed(letter: DeadLetter, said: Mapping[str, str]) -> dict[str, Any] | None:
    """The payload with what a form says ("value.<key>"); None when that is what was written already."""
    schema = _schema(letter)
    before: dict[str, Any] = letter.payload if isinstance(letter.payload, dict) else {}
    after = {
        key: _meant(said[f"value.{key}"], value, schema.get(key))
        if f"value.{key}" in said and said[f"value.{key}"] != _shown(value)
        else value
        for key, value in before.items()
    }
    return after if after != before else None


def retry_all(connection: Connection) -> int:
    """Everything that was refused, with the next run; how many."""
    waiting = DeadLetter.objects.filter(connection=connection, resolved_at=None)
    pulled = waiting.filter(direction=DeadLetter.Direction.PULL)
    Link.objects.filter(
        connection=connection, object__in=pulled.values("object"), remote_id__in=pulled.values("remote_id")
    ).update(digest=b"")
    Link.objects.filter(pk__in=waiting.filter(link__isnull=False).values("link_id")).update(
        stale=True, marks=F("marks") + 1, retry_at=None
    )
    return waiting.update(next_at=timezone.now())


def _schema(letter: DeadLetter) -> dict[str, Field]:
    """The fields by key: those of the mapping, and the others that the system has."""
    rows = letter.connection.schema.get(letter.object, [])
    live = {row["key"]: Field(**{**row, "choices": tuple(row.get("choices") or ())}) for row in rows}
    try:
        plan = plans(letter.connection).get(letter.object)
    except (MappingError, KeyError):  # said where the mapping is shown
        return live
    return live | ({line.remote: line.field for line in plan.lines} if plan else {})


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _meant(text: str, before: Any, field: Field | None) -> Any:
    """A text as the field takes it; a field that is not known any more keeps the type that it had."""
    if not text.strip():
        return None
    if isinstance(before, list) or (field and field.type == "list"):
        return [part.strip() for part in text.split(",") if part.strip()]
    guess = {bool: "boolean", int: "number", float: "number"}.get(type(before), "text")
    made = fitted(text, field or Field("", "", guess))
    return text if made is None else made
