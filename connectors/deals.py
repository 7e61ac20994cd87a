"""Records of deals become rows that sales read, events that rules ask, and figures about the person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.conf import settings
from django.db.models import Q

from connectors.inflow import Arrived, Inflow
from connectors.link_table import locked, save
from connectors.models import Connection, Deal, Link
from connectors.naming import account_key
from connectors.records import digest
from profiles import derived
from profiles.derived import Derived
from profiles.models import Account
from profiles.money import DIGITS

TOPIC: Final = "crm:deals"
READER: Final = "connectors"
CREATED: Final = "Deal Created"
STAGE_CHANGED: Final = "Deal Stage Changed"
WON: Final = "Deal Won"
LOST: Final = "Deal Lost"
_CLOSED: Final = {Deal.Status.WON: WON, Deal.Status.LOST: LOST}
_MOST: Final = 2**63 - 1
_FIELDS: Final = (
    *("profile_id", "account_id", "name", "stage", "status", "amount", "currency", "probability", "owner"),
    *("expected_on", "closed_at", "updated_at", "url"),
)


def apply(flow: Inflow, arrived: Sequence[Arrived]) -> None:
    """Apply records of deals, each named once, inside the caller's transaction."""
    ids = [each.record.id for each in arrived]
    links = locked(flow.connection, flow.kind, ids)
    news = [each for each in arrived if not _is_old(each, links.get(each.record.id))]
    _forget(flow, [each.record.id for each in news if each.record.deleted], links)
    present = [each for each in news if not each.record.deleted]
    before = {deal.remote_id: deal for deal in Deal.objects.filter(connection=flow.connection, remote_id__in=ids)}
    after = _rows(flow, present, before)
    _save_links(flow, present, links)
    Deal.objects.bulk_create(
        after,
        update_conflicts=True,
        unique_fields=["connection", "remote_id"],
        update_fields=[name.removesuffix("_id") if name == "account_id" else name for name in _FIELDS],
    )
    events = [event for deal in after for event in _moves(flow.connection, before.get(deal.remote_id), deal)]
    derived.put(flow.source.id, events, READER)
    for deal in (*after, *before.values()):
        if deal.profile_id:
            flow.moved.add((deal.profile_id, TOPIC))


def attach(flow: Inflow, links: Sequence[Link]) -> None:
    """People have just been linked: the deals of which they are the main contact are theirs."""
    people = {link.remote_id: link.profile_id for link in links}
    kinds = [kind for kind, plan in flow.plans.items() if plan.object.kind == "deal"]
    if not people or not kinds:
        return
    waiting = Link.objects.filter(connection=flow.connection, object__in=kinds).filter(
        Q(**{f"parents__{flow.kind}__0__in": list(people)})
    )
    main = {link.remote_id: people[link.parents[flow.kind][0]] for link in waiting}
    found = list(Deal.objects.filter(connection=flow.connection, remote_id__in=list(main), profile_id=None))
    for deal in found:
        deal.profile_id = main[deal.remote_id]
        flow.moved.add((deal.profile_id or 0, TOPIC))
    Deal.objects.bulk_update(found, ["profile_id"])
    derived.put(flow.source.id, [event for deal in found for event in _moves(flow.connection, None, deal)], READER)


def gone(flow: Inflow, links: Sequence[Link]) -> None:
    """Deals that are not there any more."""
    _forget(flow, [link.remote_id for link in links], {link.remote_id: link for link in links})


def _forget(flow: Inflow, remote_ids: Sequence[str], links: Mapping[str, Link]) -> None:
    deals = Deal.objects.filter(connection=flow.connection, remote_id__in=remote_ids)
    flow.moved |= {(person, TOPIC) for person in deals.values_list("profile_id", flat=True) if person}
    deals.delete()
    missing = [links[id_] for id_ in remote_ids if id_ in links]
    for link in missing:
        link.state, link.missing_since, link.digest = Link.State.MISSING, flow.now, b""
    save(missing)


def _rows(flow: Inflow, present: Sequence[Arrived], before: Mapping[str, Deal]) -> list[Deal]:
    people = _people(flow, present)
    accounts = _accounts(flow, present)
    return [
        _row(flow, each, before.get(each.record.id), people.get(each.record.id), accounts.get(each.record.id))
        for each in present
    ]


def _row(flow: Inflow, each: Arrived, before: Deal | None, person: int | None, account: int | None) -> Deal:
    said = each.record.values
    currency = str(said.get("currency") or settings.CURRENCY)[:3].upper()
    status = str(said.get("status") or "").lower()
    changed = each.record.updated_at or each.at
    created = before.created_at if before else _moment(said.get("created_at")) or changed
    return Deal(
        connection=flow.connection, remote_id=each.record.id, profile_id=person, account_id=account,
        name=str(said.get("name") or "")[:300], stage=str(said.get("stage") or "")[:120],
        status=status if status in Deal.Status.values else Deal.Status.OPEN,
        amount=_minor(said.get("amount"), currency), currency=currency, probability=_float(said.get("probability")),
        owner=str(said.get("owner") or "")[:200], expected_on=_day(said.get("expected_on")),
        closed_at=_moment(said.get("closed_at")), created_at=created, updated_at=changed, url=each.record.url[:1000],
    )  # fmt: skip


def _people(flow: Inflow, present: Sequence[Arrived]) -> dict[str, int]:
    """The person of each deal: its main contact, else the next one who is linked."""
    wanted = {
        each.record.id: [
            (kind, id_)
            for kind, plan in flow.plans.items()
            if plan.object.kind == "person"
            for id_ in each.record.parents.get(kind, ())
        ]
        for each in present
    }
    pairs = [pair for named in wanted.values() for pair in named]
    rows = Link.objects.filter(connection=flow.connection, profile_id__isnull=False).exclude(remote_id="")
    rows = rows.filter(object__in={kind for kind, _id in pairs}, remote_id__in={id_ for _kind, id_ in pairs})
    linked = {(kind, id_): person for kind, id_, person in rows.values_list("object", "remote_id", "profile_id")}
    return {
        deal: person
        for deal, named in wanted.items()
        if (person := next((linked[pair] for pair in named if pair in linked), None)) is not None
    }


def _accounts(flow: Inflow, present: Sequence[Arrived]) -> dict[str, int]:
    keys = {
        each.record.id: account_key(flow.connection.slug, id_)
        for each in present
        for kind in flow.companies
        for id_ in each.record.parents.get(kind, ())[:1]
    }
    ids = dict(Account.objects.filter(key__in=set(keys.values())).values_list("key", "pk"))
    return {deal: ids[key] for deal, key in keys.items() if key in ids}


def _save_links(flow: Inflow, present: Sequence[Arrived], links: Mapping[str, Link]) -> None:
    done = []
    for each in present:
        record = each.record
        link = links.get(record.id) or Link(
            connection=flow.connection, object=flow.kind, remote_id=record.id, linked_at=flow.now
        )
        link.shadow, link.url, link.pulled_at, link.missing_since = dict(record.values), record.url, each.at, None
        link.parents = {kind: list(ids) for kind, ids in record.parents.items()}
        link.digest, link.state = digest(record), Link.State.SYNCED
        done.append(link)
    save(done)


def _moves(connection: Connection, before: Deal | None, after: Deal) -> Iterator[Derived]:
    """What happened to a deal, as far as two readings tell."""
    if after.profile_id is None:
        return
    key = (connection.pk, after.remote_id)
    known = before is not None and before.profile_id is not None
    said = {"deal": after.remote_id, "name": after.name, "stage": after.stage, "system": connection.slug}
    if after.amount is not None:
        said |= {"total": after.amount / 10 ** DIGITS.get(after.currency, 2), "currency": after.currency}
    if not known:
        yield Derived(after.profile_id, after.created_at, derived.key("deal created", *key), CREATED, said)
    elif before is not None and before.stage != after.stage:
        yield Derived(
            after.profile_id, after.updated_at, derived.key("deal stage", *key, after.stage, after.updated_at),
            STAGE_CHANGED, {**said, "from": before.stage, "to": after.stage},
        )  # fmt: skip
    if after.status in _CLOSED and not (known and before is not None and before.status == after.status):
        at = after.closed_at or after.updated_at
        value = after.amount if after.status == Deal.Status.WON and after.currency == settings.CURRENCY else None
        name = _CLOSED[Deal.Status(after.status)]
        yield Derived(after.profile_id, at, derived.key("deal closed", *key, after.status, at), name, said, value)


def _is_old(arrived: Arrived, link: Link | None) -> bool:
    return link is not None and link.pulled_at is not None and arrived.at < link.pulled_at


def _minor(amount: Any, currency: str) -> int | None:
    number = _decimal(amount)
    if number is None or abs(number) > _MOST:
        return None
    minor = int((number * 10 ** DIGITS.get(currency, 2)).to_integral_value())
    return minor if abs(minor) <= _MOST else None


def _decimal(value: Any) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() < 18 else None


def _float(value: Any) -> float | None:
    number = _decimal(value)
    return None if number is None else float(number)


def _day(value: Any) -> date | None:
    moment = _moment(value)
    return moment.date() if moment else None


def _moment(value: Any) -> datetime | None:
    """A time from ISO text; a day is its midnight in UTC."""
    if not isinstance(value, str) or not value:
        return None
    try:
        if len(value) == 10:
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
