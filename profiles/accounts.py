"""Companies and households: made when a `group` first names them, with the people who belong to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from profiles.database import Cursor, write
from profiles.definitions import Precedence
from profiles.identity import Placed
from profiles.messages import Message

# What profiles.Change says of people whose company is another one, or of which something else is known.
TOPIC = "account"


@dataclass(slots=True)
class _Account:
    id: int | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, list[Any]] = field(default_factory=dict)
    created_at: datetime | None = None
    moved: bool = False

    def learn(self, key: str, value: Any, message: Message, precedence: Precedence) -> None:
        """Take a trait, unless a more believed source has said one, or the same one later."""
        at = message.occurred_at.isoformat()
        if origin := self.origins.get(key):
            source, said_at = origin
            before = (precedence.get(source, (False, 0)), datetime.fromisoformat(said_at))
            if (precedence[message.source.id], message.occurred_at) < before:
                return
        self.traits[key], self.origins[key], self.moved = value, [message.source.id, at], True


def store(cursor: Cursor, placed: Sequence[Placed], precedence: Precedence) -> set[tuple[int, str]]:
    """Write the accounts that these messages name, what they say of them, and who belongs to them.

    Gives whom it concerns, as changes: who belongs to an account that moved, or to another one than before.
    """
    grouped = [(each, each.message.group) for each in placed if each.message.group]
    if not grouped:
        return set()
    accounts = _read(cursor, sorted({key for _each, key in grouped}))
    for each, key in grouped:
        account = accounts.setdefault(key, _Account())
        account.created_at = account.created_at or each.message.received_at
        if each.message.type == "group":
            for trait, value in each.said.items():
                account.learn(trait, value, each.message, precedence)
    moved = [key for key, account in accounts.items() if account.moved]
    _write(cursor, accounts)
    return {(id_, TOPIC) for id_ in _join(cursor, grouped) | _members(cursor, moved)}


def _read(cursor: Cursor, keys: list[str]) -> dict[str, _Account]:
    cursor.execute(
        "SELECT key, id, traits::text, origins::text, created_at FROM profiles_account WHERE key = ANY(%s)", [keys]
    )
    return {
        key: _Account(id_, json.loads(traits), json.loads(origins), created)
        for key, id_, traits, origins, created in cursor
    }


def _write(cursor: Cursor, accounts: Mapping[str, _Account]) -> None:
    write(
        cursor,
        "INSERT INTO profiles_account AS a (key, name, traits, origins, created_at)"
        " SELECT key, name, traits::jsonb, origins::jsonb, created_at"
        " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])"
        " AS said(key, name, traits, origins, created_at)"
        " ON CONFLICT (key) DO UPDATE SET traits = EXCLUDED.traits, origins = EXCLUDED.origins,"
        " name = COALESCE(NULLIF(EXCLUDED.name, ''), a.name)",
        [
            (key, _name(account), json.dumps(account.traits), json.dumps(account.origins), account.created_at)
            for key, account in accounts.items()
            if account.moved or account.id is None
        ],
    )


def _members(cursor: Cursor, keys: list[str]) -> set[int]:
    if not keys:
        return set()
    cursor.execute(
        "SELECT profile_id FROM profiles_accountmember m JOIN profiles_account a ON a.id = m.account_id"
        " WHERE a.key = ANY(%s)",
        [keys],
    )
    return {profile_id for (profile_id,) in cursor}


def _join(cursor: Cursor, grouped: Iterable[tuple[Placed, str]]) -> set[int]:
    """Who belongs to one more account than before."""
    since: dict[tuple[int, str], datetime] = {}
    for each, key in grouped:
        pair = (each.person.root.id or 0, key)
        since[pair] = min(each.message.occurred_at, since.get(pair, each.message.occurred_at))
    write(
        cursor,
        "INSERT INTO profiles_accountmember AS m (profile_id, account_id, since)"
        " SELECT said.profile_id, a.id, said.since FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[])"
        " AS said(profile_id, key, since) JOIN profiles_account a ON a.key = said.key"
        " ON CONFLICT (profile_id, account_id) DO UPDATE SET since = LEAST(m.since, EXCLUDED.since)"
        " RETURNING m.profile_id, m.xmax = 0",  # no row version before: it is new
        [(profile_id, key, at) for (profile_id, key), at in since.items()],
    )
    return {profile_id for profile_id, new in cursor if new}


def _name(account: _Account) -> str:
    name = account.traits.get("name")
    return name[:200] if isinstance(name, str) else ""
