"""Records of people become what the connection says about them: who they are, and the fields that are theirs to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connectors import deals, memberships, values
from connectors.comparison import Compared, Comparison
from connectors.inflow import Arrived, Inflow
from connectors.link_table import list_conflicts, locked, save
from connectors.linking import Match, match, owners
from connectors.mapping import Line
from connectors.models import Conflict, DeadLetter, Link
from connectors.records import digest, storable
from profiles import database, ingest
from profiles.messages import Message
from profiles.refusals import Reason

LINK_TOPIC: Final = "crm:link"
_State = Link.State


def apply(flow: Inflow, arrived: Sequence[Arrived]) -> None:
    """Apply records of people, each named once, inside the caller's transaction."""
    links = locked(flow.connection, flow.kind, [each.record.id for each in arrived])
    news = [each for each in arrived if not _is_old(each, links.get(each.record.id))]
    gone = [links[each.record.id] for each in news if each.record.deleted and each.record.id in links]
    missing(flow, gone)
    matches = match(flow, [each for each in news if not each.record.deleted], links)
    _People(flow, matches).apply()


def missing(flow: Inflow, gone: Sequence[Link]) -> None:
    """Records that are not there any more. The person stays, and so does the identifier."""
    for link in gone:
        link.state, link.missing_since, link.digest, link.stale = _State.MISSING, flow.now, b"", False
        flow.moved |= {(person, LINK_TOPIC) for person in [link.profile_id] if person}
    save(gone)


class _People:
    """One batch on its way."""

    def __init__(self, flow: Inflow, matches: Sequence[Match]) -> None:
        self._flow = flow
        self._matches = matches
        self._comparison = Comparison(flow)
        self._compared: dict[str, Compared] = {}

    def apply(self) -> None:
        flow = self._flow
        known = [each for each in self._matches if each.link.profile_id]
        before = values.read({each.link.profile_id or 0 for each in known}, flow.plan.lines, flow.known)
        self._compare(before)
        said = memberships.said(flow, self._matches)
        refused = self._say([*self._messages(), *said])
        self._find_people()
        self._learn()
        memberships.leave(flow, self._matches)
        for each in self._matches:
            self._close(each)
        save([each.link for each in self._matches])
        deals.attach(flow, [each.link for each in self._matches if each.fresh and each.link.profile_id])
        self._refuse(refused)
        list_conflicts(flow.conflicts)

    def _compare(self, before: values.Values) -> None:
        since = self._since(before)

        def ours_is_later(link: Link, line: Line) -> bool:
            ours, theirs = since.get((link.profile_id or 0, line.trait)), changed.get(link.remote_id)
            return bool(ours and theirs and ours > theirs)

        changed = {each.link.remote_id: each.arrived.record.updated_at or each.arrived.at for each in self._matches}
        for each in self._matches:
            if each.identifiers:
                ours = before.get(each.link.profile_id or 0, {})
                theirs = each.arrived.record.values
                self._compared[each.link.remote_id] = self._comparison.arrived(each.link, ours, theirs, ours_is_later)

    def _since(self, before: values.Values) -> Mapping[tuple[int, str], Any]:
        pairs = {
            (each.link.profile_id, line.trait)
            for each in self._matches
            if each.link.profile_id in before
            for line in self._comparison.contested(
                each.link, before[each.link.profile_id], each.arrived.record.values
            )
        }  # fmt: skip
        if not pairs:
            return {}
        with database.cursor() as db:
            return values.since(pairs, db)

    def _messages(self) -> Iterable[Message]:
        for each in self._matches:
            compared = self._compared.get(each.link.remote_id)
            if compared is not None and (compared.take or each.fresh):
                by_remote = self._flow.plan.by_remote
                traits = {by_remote[remote].trait: value for remote, value in compared.take.items()}
                yield self._flow.message(each.arrived, "identify", each.identifiers, traits)

    def _say(self, messages: Sequence[Message]) -> dict[tuple[str, str], str]:
        """Gives why messages were refused, by the first of their identifiers."""
        if not messages:
            return {}
        applied = ingest.apply(messages)
        return {
            message.identifiers[0]: f"{Reason(reason).label}: {detail}" if detail else str(Reason(reason).label)
            for message, reason, detail in applied.refused
        }

    def _find_people(self) -> None:
        """Who was made for a record that was nobody's."""
        made = [each for each in self._matches if each.identifiers and each.link.profile_id is None]
        people = owners({mark for each in made for mark in each.identifiers})
        for each in made:
            each.link.profile_id = next((people[mark] for mark in each.identifiers if mark in people), None)

    def _learn(self) -> None:
        """What Kith holds now of what it took: a source that is believed more may have kept its own."""
        took = {
            each.link.profile_id: each
            for each in self._matches
            if each.link.profile_id
            and each.link.remote_id in self._compared
            and self._compared[each.link.remote_id].take
        }
        after = values.read([person for person in took if person], self._flow.plan.lines, self._flow.known)
        for person, each in took.items():
            ours, link = after.get(person or 0, {}), each.link
            for remote, theirs in self._compared[link.remote_id].take.items():
                line, here = self._flow.plan.by_remote[remote], ours.get(remote)
                link.ours[remote] = here
                if not self._comparison.agrees(line, here, theirs):
                    outranked = Conflict.Reason.OUTRANKED
                    self._flow.disagree(
                        link, outranked, Conflict.Kept.KITH, field=remote, ours=here, theirs=theirs
                    )  # fmt: skip

    def _close(self, each: Match) -> None:
        """What the link says now."""
        link, record, flow = each.link, each.arrived.record, self._flow
        compared = self._compared.get(link.remote_id, Compared())
        if link.profile_id and (each.fresh or record.values.get("owner") != link.shadow.get("owner")):
            flow.moved.add((link.profile_id, LINK_TOPIC))
        link.shadow, link.url, link.pulled_at = dict(record.values), record.url, each.arrived.at
        link.parents = {kind: list(ids) for kind, ids in record.parents.items()}
        link.digest, link.missing_since = digest(record), None
        # A field new to Kith of somebody who was just linked: there is much to send.
        link.stale = bool(compared.send) or (each.fresh and flow.plan.writes)
        link.marks += link.stale
        for reason, theirs in each.conflicts:
            flow.disagree(link, reason, Conflict.Kept.BOTH, field="email", ours=None, theirs=theirs)
        if link.profile_id is None:
            link.state = _State.DISCOVERED
            return
        link.linked_at = link.linked_at or flow.now
        link.state = _state(compared, linked=each.fresh, stale=link.stale, conflict=bool(each.conflicts))

    def _refuse(self, refused: Mapping[tuple[str, str], str]) -> None:
        for each in self._matches:
            words = refused.get(each.identifiers[0]) if each.identifiers else None
            if words:
                self._flow.letters.append(letter(self._flow, each.arrived, words, each.link))


def letter(flow: Inflow, arrived: Arrived, words: str, link: Link | None = None) -> DeadLetter:
    """A record that Kith could not take."""
    return DeadLetter(
        connection=flow.connection, object=flow.kind, direction=DeadLetter.Direction.PULL, link=link,
        remote_id=arrived.record.id, profile_id=link.profile_id if link else None,
        payload=storable(arrived.record.values),
        words=words,
    )  # fmt: skip


def _is_old(arrived: Arrived, link: Link | None) -> bool:
    """Was it read before what we know or wrote? It is read again: a write makes the record another."""
    if link is None:
        return False
    known = max((at for at in (link.pulled_at, link.pushed_at) if at is not None), default=None)
    return known is not None and arrived.at < known


def _state(compared: Compared, *, linked: bool, stale: bool, conflict: bool) -> Link.State:
    if compared.conflict or conflict:
        return _State.CONFLICT
    if compared.send:
        return _State.HERE
    return _State.LINKED if linked and stale else _State.SYNCED
