"""Visits as rows: made of what was cut, read, and written together with the events that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from profiles import changes, derived
from profiles.database import Cursor, array, copy, escaped
from tracking import agents, contexts
from tracking.channels import channel
from tracking.cutting import Stay

# What Change.topic says when the visits of a person move: see attributes.py.
TOPIC: Final = "visits"


class Stream(NamedTuple):
    """Whose visits follow each other: a person's at a source, programs apart."""

    profile_id: int
    source_id: int
    bot: bool


class Row(NamedTuple):
    """A row of Visit; `consent` is canonical JSON text, or None."""

    profile_id: int
    started_at: datetime
    event_id: UUID
    source_id: int
    bot: bool
    number: int
    ended_at: datetime
    why: str
    pages: int
    events: int
    landing_page: str
    exit_page: str
    referrer: str
    origin: str
    medium: str
    campaign: str
    term: str
    content: str
    click_id: str
    arrival: int
    channel: str
    device: str
    browser: str
    os: str
    consent: str | None
    value: int
    converted: bool

    @property
    def properties(self) -> dict[str, Any]:
        """What the event says of it: what rules can ask. What is empty is left out."""
        said = {
            "channel": self.channel,
            "source": self.origin,
            "medium": self.medium,
            "campaign": self.campaign,
            "landing_page": self.landing_page,
            "referrer": self.referrer,
            "device": self.device,
            "visit_number": self.number,
        }
        return {key: value for key, value in said.items() if value != ""}

    @property
    def event(self) -> derived.Derived:
        """The event "Visit Started"."""
        return derived.Derived(self.profile_id, self.started_at, self.event_id, derived.VISIT_STARTED, self.properties)


COLUMNS: Final = ", ".join(Row._fields)
SELECTED: Final = ", ".join("v.consent::text" if name == "consent" else f"v.{name}" for name in Row._fields)
in_order = attrgetter("started_at", "event_id")


def row(profile_id: int, source_id: int, stay: Stay, number: int = 0) -> Row:
    """What was cut, with what its first event said of where it came from."""
    facts = stay.first.facts
    agent = agents.read(facts.user_agent)
    return Row(
        profile_id=profile_id,
        started_at=stay.first.at,
        event_id=stay.id,
        source_id=source_id,
        bot=agent.bot,
        number=number,
        ended_at=stay.last.at,
        why=str(stay.why),
        pages=stay.pages,
        events=stay.events,
        landing_page=stay.landing_page,
        exit_page=stay.exit_page,
        referrer=facts.referrer,
        origin=facts.origin,
        medium=facts.medium,
        campaign=facts.campaign,
        term=facts.term,
        content=facts.content,
        click_id=facts.click_id,
        arrival=facts.arrival,
        channel=str(channel(facts.origin, facts.medium, facts.campaign)),
        device=agent.device,
        browser=agent.browser,
        os=agent.os,
        consent=facts.consent or None,
        value=stay.value,
        converted=stay.converted,
    )


def read(cursor: Cursor, statement: LiteralString, parameters: Sequence[object]) -> list[Row]:
    """The rows of a statement that gives SELECTED."""
    cursor.execute(statement, parameters)
    return [_row(values) for values in cursor]


def replace(cursor: Cursor, old: Iterable[Row], new: Iterable[Row], moved: Iterable[Row] = ()) -> None:
    """Write what differs: rows, their events, and that the visits of these people moved. Equal rows stay untouched.

    `moved` are rows of people who were merged, as the survivor's: only their events have moved already.
    """
    moved = list(moved)
    before = {(each.profile_id, each.event_id): each for each in old}
    after = {(each.profile_id, each.event_id): each for each in new}
    gone = [each for key, each in before.items() if after.get(key) != each]
    come = [each for key, each in after.items() if before.get(key) != each]
    told, untold = _events([*moved, *gone]), _events(come)
    derived.withdraw([event for key, event in told.items() if untold.get(key) != event])
    delete(cursor, gone)
    insert(cursor, come)
    say([event for key, event in untold.items() if told.get(key) != event])
    changes.note((each.profile_id, TOPIC) for each in (*gone, *moved, *come) if not each.bot)


def say(events: Sequence[derived.Derived]) -> None:
    """Write the events of visits."""
    if events:
        derived.put(derived.source(), events)


def say_again(rows: Sequence[Row]) -> None:
    """Write the events of these visits anew: they say something else now."""
    events = [each.event for each in rows]
    if events:
        derived.withdraw(events)
        derived.put(derived.source(), events)


def insert(cursor: Cursor, rows: Iterable[Row]) -> None:
    """Write new rows."""
    copy(cursor, f"COPY tracking_visit ({COLUMNS}) FROM STDIN", map(_line, rows))


def delete(cursor: Cursor, rows: Iterable[Row]) -> None:
    """Remove rows."""
    keys = [(each.profile_id, each.started_at, each.event_id) for each in rows]
    if keys:
        cursor.execute(
            "DELETE FROM tracking_visit v USING unnest(%s::bigint[], %s::timestamptz[], %s::uuid[])"
            " AS gone(profile_id, at, id)"
            " WHERE v.profile_id = gone.profile_id AND v.started_at = gone.at AND v.event_id = gone.id",
            [array(column) for column in zip(*keys, strict=True)],
        )


def _events(rows: Iterable[Row]) -> dict[tuple[int, UUID], derived.Derived]:
    """Bots are kept apart: rules do not hear of them."""
    return {(each.profile_id, each.event_id): each.event for each in rows if not each.bot}


def _row(values: Sequence[Any]) -> Row:
    found = Row(*values)
    return found._replace(consent=contexts.canonical(found.consent)) if found.consent else found


def _line(each: Row) -> str:
    return "\t".join(map(_field, each)) + "\n"


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return escaped(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
