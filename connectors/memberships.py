"""Who belongs to which company: the CRM's companies are accounts of Kith, its people their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.fitting import blank
from connectors.inflow import Inflow
from connectors.linking import Match
from connectors.mapping import Plan
from connectors.models import Link
from connectors.naming import account_key
from connectors.ownership import Owner
from profiles.database import array, cursor
from profiles.messages import Message


def said(flow: Inflow, matches: Sequence[Match]) -> list[Message]:
    """What makes these people members of their companies, where that is news."""
    joined = [
        (each, kind, company)
        for each in matches
        if each.identifiers
        for kind in flow.companies
        for company in each.arrived.record.parents.get(kind, ())
        if each.fresh or company not in each.link.parents.get(kind, ())
    ]
    traits = _known(flow, {(kind, company) for _each, kind, company in joined})
    slug = flow.connection.slug
    return [
        flow.message(
            each.arrived, "group", each.identifiers, traits.get((kind, company), {}), account_key(slug, company)
        )
        for each, kind, company in joined
    ]  # fmt: skip


def leave(flow: Inflow, matches: Sequence[Match]) -> None:
    """Whom the CRM no longer counts among a company's people does not belong to it here either."""
    left = [
        (each.link.profile_id, account_key(flow.connection.slug, company))
        for each in matches
        if each.link.profile_id
        for kind in flow.companies
        for company in each.link.parents.get(kind, ())
        if company not in each.arrived.record.parents.get(kind, ())
    ]
    if not left:
        return
    with cursor() as db:
        db.execute(
            "DELETE FROM profiles_accountmember m USING profiles_account a,"
            " unnest(%s::bigint[], %s::text[]) AS gone(profile_id, key)"
            " WHERE a.key = gone.key AND m.account_id = a.id AND m.profile_id = gone.profile_id",
            [array(person for person, _key in left), array(key for _person, key in left)],
        )


def account_traits(plan: Plan | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a company's record says of the account: its name, and the fields that are mapped."""
    lines = plan.lines if plan else ()
    named = {line.local: values.get(line.remote) for line in lines if line.owner != Owner.OFF}
    return {key: value for key, value in {"name": values.get("name"), **named}.items() if not blank(value)}


def _known(flow: Inflow, companies: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    wanted = set(companies)
    if not wanted:
        return {}
    rows = Link.objects.filter(
        connection=flow.connection,
        object__in={kind for kind, _id in wanted},
        remote_id__in={id_ for _kind, id_ in wanted},
    )
    return {
        (kind, remote_id): account_traits(flow.plans.get(kind), shadow)
        for kind, remote_id, shadow in rows.exclude(remote_id="").values_list("object", "remote_id", "shadow")
    }
