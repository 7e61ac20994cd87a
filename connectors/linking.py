"""Who a record is: by its id once it is linked; an e-mail address only proposes the first link.

Nobody is merged here. An address that would make two people one is left a trait, and listed as a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from connectors.inflow import Arrived, Inflow
from connectors.models import Conflict, Link
from profiles.models import Identifier, IdentifierType, Profile
from profiles.standardise import email as standard_email

Mark = tuple[str, str]
_EMAIL: Final = "email"


@dataclass
class Match:
    """A record, its link, and by which identifiers Kith is told about the person.

    Without identifiers it is nobody's, and stays so for now. `fresh`: the identifiers themselves are news.
    """

    arrived: Arrived
    link: Link
    identifiers: tuple[Mark, ...] = ()
    fresh: bool = False
    conflicts: list[tuple[Conflict.Reason, str]] = field(default_factory=list)


def match(flow: Inflow, arrived: Sequence[Arrived], links: Mapping[str, Link]) -> list[Match]:
    """Who these are. New links are not saved yet."""
    addresses = {each.record.id: standard_email(each.record.email) or "" for each in arrived}
    register = _Register(flow, arrived, links, addresses)
    return [register.place(each, links.get(each.record.id), addresses[each.record.id]) for each in arrived]


class _Register:
    """The identifiers and links that these records may meet; kept up to date while they are placed one by one."""

    def __init__(
        self, flow: Inflow, arrived: Sequence[Arrived], links: Mapping[str, Link], addresses: Mapping[str, str]
    ) -> None:
        self._flow = flow
        ids = [each.record.id for each in arrived]
        self._owners = owners([(flow.identifier_type, id_) for id_ in ids])
        self._owners |= owners([(_EMAIL, address) for address in set(addresses.values()) if address])
        linked = {link.profile_id for link in links.values() if link.profile_id is not None}
        self._survivors = dict(
            Profile.objects.filter(pk__in=linked, merged_into__isnull=False).values_list("pk", "merged_into")
        )
        people = {self._survivors.get(id_) or id_ for id_ in linked} | set(self._owners.values())
        self._held = _held(people)
        self._linked = _linked(flow, people)
        # Addresses of people that this batch will make: no second record gets them.
        self._promised: dict[str, str] = {}

    def place(self, arrived: Arrived, link: Link | None, address: str) -> Match:
        """Find the person of one record."""
        if link is None:
            link = Link(connection=self._flow.connection, object=self._flow.kind, remote_id=arrived.record.id)
        found = Match(arrived, link)
        before, link.email = link.email, address
        if link.profile_id is not None:
            link.profile_id = self._survivors.get(link.profile_id, link.profile_id)
        else:
            link.profile_id = self._proposed(found, address)
        if link.profile_id is not None:
            self._attach(found, address, before)
        elif self._flow.plan.create_here:
            self._make(found, address)
        return found

    def _proposed(self, found: Match, address: str) -> int | None:
        """Whose identifier it is already, or whose address, unless that person has a record of the kind."""
        known = self._owners.get((self._flow.identifier_type, found.link.remote_id))
        if known is not None:
            return known
        by_address = self._owners.get((_EMAIL, address)) if address else None
        if by_address is None:
            return None
        other = self._linked.get(by_address)
        if other is not None and other.remote_id and other.state != Link.State.MISSING:
            found.conflicts.append((Conflict.Reason.TWICE, other.remote_id))
            return None
        if other is not None and not other.remote_id:
            # It was to be created there: somebody was faster.
            fresh = found.link
            found.link = other
            other.remote_id, other.email = fresh.remote_id, fresh.email
        self._linked[by_address] = found.link
        return by_address

    def _attach(self, found: Match, address: str, before: str) -> None:
        link, flow = found.link, self._flow
        person = link.profile_id or 0
        ours: Mark = (flow.identifier_type, link.remote_id)
        held = self._held.setdefault(person, [])
        if ours in held:
            found.identifiers = (ours,)
        else:
            # The type is unique: who has another id of this kind keeps it, and the link alone tells of this one.
            others = [mark for mark in held if mark[0] == flow.identifier_type]
            anchor = (others or held)[:1]
            found.identifiers = tuple(anchor) if others else (ours, *anchor)
            found.fresh = not others
            held.extend([] if others else [ours])
        owner = self._owners.get((_EMAIL, address)) if address else person
        if owner is None and address not in self._promised:
            found.identifiers += ((_EMAIL, address),)
            found.fresh = True
            self._owners[_EMAIL, address] = person
        elif owner != person and address != before:
            found.conflicts.append((Conflict.Reason.TAKEN, address))

    def _make(self, found: Match, address: str) -> None:
        """Somebody new; an address that is somebody's already does not come with them."""
        ours: Mark = (self._flow.identifier_type, found.link.remote_id)
        free = address and (_EMAIL, address) not in self._owners and address not in self._promised
        if address and not free and not found.conflicts:
            found.conflicts.append((Conflict.Reason.TWICE, self._promised.get(address, "")))
        if free:
            self._promised[address] = found.link.remote_id
        found.identifiers = (ours, (_EMAIL, address)) if free else (ours,)
        found.fresh = True


def owners(marks: Iterable[Mark]) -> dict[Mark, int]:
    """Whose these are now."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for kind, value in marks:
        by_type[kind].append(value)
    found: dict[Mark, int] = {}
    for kind, values in by_type.items():
        rows = Identifier.objects.filter(type_id=kind, value__in=values).values_list("value", "profile_id")
        found |= {(kind, value): profile_id for value, profile_id in rows}
    return found


def _held(people: Iterable[int]) -> dict[int, list[Mark]]:
    """The identifiers of these people, the most trusted first."""
    ranks = dict(IdentifierType.objects.values_list("name", "rank"))
    held: dict[int, list[Mark]] = defaultdict(list)
    rows = Identifier.objects.filter(profile_id__in=list(people), frozen_at=None)
    for profile_id, kind, value in rows.values_list("profile_id", "type_id", "value"):
        held[profile_id].append((kind, value))
    for marks in held.values():
        marks.sort(key=lambda mark: ranks[mark[0]])
    return dict(held)


def _linked(flow: Inflow, people: Iterable[int]) -> dict[int, Link]:
    """The link of each of these people to an object of this kind: one that is there rather than one that is gone."""
    rows = Link.objects.filter(connection=flow.connection, object=flow.kind, profile_id__in=list(people))
    found: dict[int, Link] = {}
    for link in rows:
        other = found.get(link.profile_id or 0)
        if other is None or other.state == Link.State.MISSING:
            found[link.profile_id or 0] = link
    return found
