"""Companies, memberships and deals: read, told as events, asked by rules."""

from __future__ import annotations

import pytest

from connectors import sync, values
from connectors.adapters.base import Field
from connectors.mapping import Line
from connectors.models import Deal
from profiles.attributes import catalogue
from profiles.models import Account, AccountMember, Event
from segments.models import Membership
from tests.connectors.given import PEOPLE, connected, person, pull, segment, work

pytestmark = pytest.mark.usefixtures("transactional_db")

EVERYTHING = {
    "contact": PEOPLE,
    "company": {"fields": [{"remote": "industry", "local": "industry", "owner": "crm"}]},
    "deal": {},
}


def _told(identifier: str) -> list[tuple[str, int | None]]:
    rows = Event.objects.filter(profile_id=person(identifier).pk).order_by("occurred_at", "name__name")
    return [(row.name.name, row.value) for row in rows.select_related("name")]


def _known(identifier: str) -> dict[str, object]:
    keys = [key for key in catalogue() if key.startswith("crm.")]
    types = {key: "number" if "deals" in key or "value" in key else "text" for key in keys}
    lines = [Line(key, key, "kith", Field(key, key, types[key])) for key in keys]
    return values.read([person(identifier).pk], lines, catalogue())[person(identifier).pk]


def test_a_company_is_an_account_and_its_people_are_members(remote, address):
    acme = remote.add("company", {"name": "Acme", "industry": "Tents"})
    other = remote.add("company", {"name": "Other"})
    anna = remote.add("contact", {"email": "anna@shop.example"}, parents={"company": [acme]})
    connection = connected(remote, address, EVERYTHING)
    remote.fields["company"]["industry"] = {"key": "industry", "label": "Industry"}
    pull(connection)
    account = Account.objects.get()
    assert (account.key, account.name, account.traits["industry"]) == (f"crm_crm:{acme}", "Acme", "Tents")
    remote.edit("company", acme, name="Acme Ltd")
    pull(connection)
    account.refresh_from_db()
    assert account.name == "Acme Ltd"
    remote.objects["contact"][anna]["parents"] = {"company": [other]}
    remote.edit("contact", anna)
    pull(connection)
    assert [member.account.name for member in AccountMember.objects.select_related("account")] == ["Other"]


def test_a_deal_is_told_as_it_moves(remote, address):
    anna = remote.add("contact", {"email": "anna@shop.example"})
    deal = remote.add(
        "deal",
        {"name": "Tents", "stage": "Offer", "status": "open", "amount": "1200.50", "currency": "EUR", "owner": "Ada"},
        parents={"contact": [anna]},
    )
    connection = connected(remote, address, EVERYTHING)
    pull(connection)
    row = Deal.objects.get()
    assert (row.amount, row.currency, row.profile_id) == (120050, "EUR", person("email:anna@shop.example").pk)
    assert _known("email:anna@shop.example")["crm.open_deals"] == 1
    assert _known("email:anna@shop.example")["crm.deals_value"] == 1200.5
    assert _known("email:anna@shop.example")["crm.deal_stage"] == "Offer"
    remote.edit("deal", deal, stage="Closing")
    pull(connection)
    remote.edit("deal", deal, status="won", stage="Won")
    pull(connection)
    assert [name for name, _value in _told("email:anna@shop.example")] == [
        "Deal Created", "Deal Stage Changed", "Deal Stage Changed", "Deal Won",
    ]  # fmt: skip
    assert _told("email:anna@shop.example")[-1] == ("Deal Won", 120050)
    assert _known("email:anna@shop.example")["crm.won_value"] == 1200.5


def test_rules_ask_deals_as_soon_as_they_are_read(remote, address):
    anna = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, EVERYTHING)
    pull(connection)
    segment("selling", {"where": {"attribute": "crm.open_deals", "op": "over", "value": 0}})
    remote.add("deal", {"name": "Tents", "stage": "Offer"}, parents={"contact": [anna]})
    pull(connection)
    assert Membership.objects.open().get().profile_id == person("email:anna@shop.example").pk


def test_a_deal_whose_contact_is_linked_later_is_theirs_then(remote, address):
    connection = connected(remote, address, EVERYTHING)
    remote.add("deal", {"name": "Tents", "stage": "Offer"}, parents={"contact": ["2"]})
    pull(connection)
    assert Deal.objects.get().profile_id is None
    remote.add("contact", {"email": "anna@shop.example"})
    pull(connection)
    assert Deal.objects.get().profile_id == person("email:anna@shop.example").pk
    assert [name for name, _value in _told("email:anna@shop.example")] == ["Deal Created"]


def test_a_deal_that_was_deleted_there_is_gone_and_its_events_stay(remote, address):
    anna = remote.add("contact", {"email": "anna@shop.example"})
    deal = remote.add("deal", {"name": "Tents", "stage": "Offer"}, parents={"contact": [anna]})
    connection = connected(remote, address, EVERYTHING)
    pull(connection)
    remote.delete("deal", deal)
    sync.reconcile(connection.pk)
    work()
    assert not Deal.objects.exists()
    assert [name for name, _value in _told("email:anna@shop.example")] == ["Deal Created"]
