"""Records of companies become accounts: told of through one of their people; until there is one, they wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.inflow import Arrived, Inflow
from connectors.link_table import locked, save
from connectors.memberships import account_traits
from connectors.models import Link
from connectors.naming import account_key
from connectors.records import digest
from profiles import ingest
from profiles.database import cursor


def apply(flow: Inflow, arrived: Sequence[Arrived]) -> None:
    """Apply records of companies, each named once, inside the caller's transaction."""
    links = locked(flow.connection, flow.kind, [each.record.id for each in arrived])
    done: list[Link] = []
    changed: list[Arrived] = []
    for each in arrived:
        record, link = each.record, links.get(each.record.id)
        if link is None:
            link = Link(connection=flow.connection, object=flow.kind, remote_id=record.id, linked_at=flow.now)
        elif link.pulled_at and each.at < link.pulled_at:
            continue
        done.append(link)
        if record.deleted:
            link.state, link.missing_since, link.digest = Link.State.MISSING, flow.now, b""
            continue
        link.shadow, link.url, link.pulled_at, link.missing_since = dict(record.values), record.url, each.at, None
        link.digest, link.state = digest(record), Link.State.SYNCED
        changed.append(each)
    save(done)
    _tell(flow, changed)


def _tell(flow: Inflow, changed: Sequence[Arrived]) -> None:
    keys = {account_key(flow.connection.slug, each.record.id): each for each in changed}
    messages = [
        flow.message(keys[key], "group", ((kind, value),), account_traits(flow.plan, keys[key].record.values), key)
        for key, kind, value in _members(keys)
    ]
    if messages:
        ingest.apply(messages)


def _members(keys: Iterable[str]) -> list[tuple[str, str, str]]:
    """One person of each of these accounts, by an identifier: (key, type, value)."""
    with cursor() as db:
        db.execute(
            "SELECT DISTINCT ON (a.id) a.key, i.type_id, i.value FROM profiles_account a"
            " JOIN profiles_accountmember m ON m.account_id = a.id"
            " JOIN profiles_identifier i ON i.profile_id = m.profile_id AND i.frozen_at IS NULL"
            " WHERE a.key = ANY(%s) ORDER BY a.id, m.profile_id, i.id",
            [list(keys)],
        )
        return [(key, kind, value) for key, kind, value in db]
