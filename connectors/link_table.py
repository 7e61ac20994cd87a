"""The link table, many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from psycopg import sql

from connectors.models import Conflict, Connection, Link
from profiles.database import array, cursor, new_ids

_encode = msgspec.json.Encoder().encode
_TABLE: Final = "connectors_link"
_JSON: Final = ("shadow", "ours", "bent", "parents")
# Column, its type, its value in a link.
_COLUMNS: Final = {
    "remote_id": "text", "profile_id": "bigint", "email": "text", "shadow": "jsonb", "ours": "jsonb", "bent": "jsonb",
    "parents": "jsonb", "digest": "bytea", "url": "text", "state": "text", "stale": "boolean", "marks": "integer",
    "tries": "integer", "retry_at": "timestamptz", "linked_at": "timestamptz", "pulled_at": "timestamptz",
    "pushed_at": "timestamptz", "missing_since": "timestamptz",
}  # fmt: skip


def locked(connection: Connection, kind: str, remote_ids: Iterable[str]) -> dict[str, Link]:
    """The links of these records, for this transaction alone."""
    rows = Link.objects.select_for_update().filter(connection=connection, object=kind, remote_id__in=list(remote_ids))
    # The index leaves out what has no id yet.
    return {link.remote_id: link for link in rows.exclude(remote_id="")}


def digests(connection: Connection, kind: str, remote_ids: Sequence[str]) -> dict[str, bytes]:
    """What each of these records was when last read."""
    rows = Link.objects.filter(connection=connection, object=kind, remote_id__in=remote_ids).exclude(remote_id="")
    return {remote_id: bytes(digest) for remote_id, digest in rows.values_list("remote_id", "digest")}


def save(links: Sequence[Link]) -> None:
    """Write links, new ones and others, in two statements."""
    new = [link for link in links if link.pk is None]
    old = [link for link in links if link.pk is not None]
    with cursor() as db:
        for link, id_ in zip(new, new_ids(db, _TABLE, len(new)), strict=True):
            link.id = id_
        if new:
            db.execute(
                _INSERT, [*_arrays(new), array(each.connection_id for each in new), array(each.object for each in new)]
            )
        if old:
            db.execute(_UPDATE, _arrays(old))


def settle(links: Sequence[Link]) -> None:
    """Write what a push did to links. What was marked since they were read stays stale."""
    if links:
        with cursor() as db:
            db.execute(_SETTLE, [*_arrays(links), array(link.marks for link in links)])


def mark(people: Iterable[int]) -> int:
    """Say that ours may have changed: their links are looked at by the next push. How many there are."""
    with cursor() as db:
        db.execute(_MARK, [array(people)])
        return db.rowcount


def mark_all(connection: Connection, kind: str) -> None:
    """The same for everybody who is linked."""
    with cursor() as db:
        db.execute(_MARK_ALL, [connection.pk, kind])


def list_conflicts(conflicts: Sequence[Conflict]) -> None:
    """Keep conflicts, each of them once: the one that nobody has looked at yet gives way to the new one."""
    if not conflicts:
        return
    with cursor() as db:
        db.execute(
            "DELETE FROM connectors_conflict c"
            " USING unnest(%s::bigint[], %s::text[], %s::text[]) AS new(link, field, reason)"
            " WHERE c.link_id = new.link AND c.field = new.field AND c.reason = new.reason AND c.seen_at IS NULL",
            [
                array(conflict.link.pk for conflict in conflicts),
                array(conflict.field for conflict in conflicts),
                array(str(conflict.reason) for conflict in conflicts),
            ],
        )  # fmt: skip
    for conflict in conflicts:
        conflict.link_id, conflict.profile_id = conflict.link.pk, conflict.link.profile_id
    Conflict.objects.bulk_create(conflicts, batch_size=1000)


def _arrays(links: Sequence[Link]) -> list[str]:
    return [array(link.pk for link in links), *(array(_value(link, name) for link in links) for name in _COLUMNS)]


def _value(link: Link, name: str) -> int | str | None:
    value = getattr(link, name)
    if name in _JSON:
        return _encode(value).decode()
    if name == "digest":
        return "\\x" + bytes(value).hex()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


_NAMES = sql.SQL(", ").join(map(sql.Identifier, ["id", *_COLUMNS]))
_SENT = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(type_)) for type_ in ["bigint", *_COLUMNS.values()])
_INSERT = sql.SQL(
    "INSERT INTO connectors_link ({names}, connection_id, object)"
    " SELECT * FROM unnest({sent}, %s::bigint[], %s::text[])"
).format(names=_NAMES, sent=_SENT)
# `stale` and `marks` only grow here: follow.py may have marked the link since it was read.
_UPDATE = sql.SQL(
    "UPDATE connectors_link l SET {pairs}, stale = l.stale OR new.stale, marks = l.marks + new.stale::integer"
    " FROM unnest({sent}) AS new({names}) WHERE l.id = new.id"
).format(
    pairs=sql.SQL(", ").join(
        sql.SQL("{} = new.{}").format(sql.Identifier(name), sql.Identifier(name))
        for name in _COLUMNS
        if name not in {"stale", "marks"}
    ),
    sent=_SENT,
    names=_NAMES,
)
# A push knows nothing of whom a link is, nor of what was read meanwhile.
_PUSHED: Final = (
    *("remote_id", "shadow", "ours", "bent", "digest", "url", "state", "tries", "retry_at", "linked_at", "pushed_at"),
    "missing_since",
)
_SETTLE = sql.SQL(
    "UPDATE connectors_link l SET {pairs}, stale = new.stale OR l.marks <> new.seen"
    " FROM unnest({sent}, %s::integer[]) AS new({names}, seen) WHERE l.id = new.id"
).format(
    pairs=sql.SQL(", ").join(
        sql.SQL("{} = new.{}").format(sql.Identifier(name), sql.Identifier(name)) for name in _PUSHED
    ),
    sent=_SENT,
    names=_NAMES,
)
_MARK = "UPDATE connectors_link SET stale = true, marks = marks + 1 WHERE profile_id = ANY(%s::bigint[])"
_MARK_ALL = (
    "UPDATE connectors_link SET stale = true, marks = marks + 1"
    " WHERE connection_id = %s AND object = %s AND profile_id IS NOT NULL"
)
