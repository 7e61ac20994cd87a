"""Who is to be created there: members of the segment that somebody chose, with an address to search them by first."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Exists, Min, OuterRef, QuerySet

from connectors import link_table
from connectors.mapping import Plan
from connectors.models import Connection, Link
from profiles.models import Identifier
from segments.models import Membership

# A run enrols so many; the others have the next one.
_MOST: Final = 5_000


def enrol(connection: Connection, plan: Plan) -> int:
    """Make links without an id there yet; those of people who left the segment meanwhile go. How many are new."""
    kind = plan.object.key
    waiting = Link.objects.filter(connection=connection, object=kind, remote_id="")
    if not plan.create_there or not plan.object.writable:
        waiting.delete()
        return 0
    members = Membership.objects.open().filter(segment__slug=plan.create_there)
    waiting.exclude(Exists(members.filter(profile_id=OuterRef("profile_id")))).delete()
    found = dict(_addresses(connection, plan)[:_MOST])
    links = [
        Link(connection=connection, object=kind, profile_id=person, email=address, stale=True)
        for person, address in found.items()
    ]
    link_table.save(links)
    return len(links)


def count(connection: Connection, plan: Plan) -> int:
    """How many are to be created."""
    if not plan.create_there or not plan.object.writable:
        return 0
    waiting = Link.objects.filter(connection=connection, object=plan.object.key, remote_id="").count()
    return waiting + _addresses(connection, plan).count()


def _addresses(connection: Connection, plan: Plan) -> QuerySet[Any, Any]:
    """(person, address) of the members who have no record of this kind."""
    members = Membership.objects.open().filter(segment__slug=plan.create_there, profile_id=OuterRef("profile_id"))
    linked = Link.objects.filter(connection=connection, object=plan.object.key, profile_id=OuterRef("profile_id"))
    addresses = Identifier.objects.filter(Exists(members), ~Exists(linked), type_id="email")
    return (
        addresses.values("profile_id")
        .annotate(address=Min("value"))
        .values_list("profile_id", "address")
        .order_by("profile_id")
    )
