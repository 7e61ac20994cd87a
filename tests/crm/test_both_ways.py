"""Kith and the real CRM: what is in one becomes known in the other, and comes back."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.models import Deal, Inbound, Link, SyncRun
from profiles.models import Profile
from tests.crm.colleague import Colleague
from tests.crm.kith import Kith

CLARA, HUGO, EMILY, MARIE = (
    f"{name}@example.com" for name in ("clara.dubois", "hugo.martin", "emily.wright", "marie.laurent")
)
PAUL = "paul.klein@example.com"
IN_GRENOBLE = {"where": {"attribute": "traits.city", "op": "is", "value": "Grenoble"}}
BUYERS = {"did": {"event": "Order Completed", "at_least": 2}}


def test_contacts_leads_and_their_companies_become_people_and_accounts(kith: Kith) -> None:
    kith.synchronise()
    assert Profile.objects.present().count() == 7
    clara = kith.traits(CLARA)
    assert (clara["first_name"], clara["last_name"], clara["city"]) == ("Clara", "Dubois", "Grenoble")
    assert (clara["title"], clara["sales_owner"]) == ("Achats", "Nora Lind")
    assert kith.traits("jonas.weber@example.com")["phone"] == "+4915112345678"
    assert kith.traits(PAUL)["lead_rating"] == "HOT"
    assert kith.companies(CLARA) == kith.companies(HUGO) == ["Club Alpin Grenoble"]
    assert kith.companies(EMILY) == ["Lakeland Guides Ltd"]
    assert kith.companies(MARIE) == []


def test_deals_belong_to_their_people_and_follow_what_becomes_of_them(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    ropes, won = kith.deal("Ropes for the season"), kith.deal("Course equipment")
    assert ropes.profile_id == kith.person(CLARA).pk
    assert (ropes.stage, ropes.status, ropes.amount, ropes.currency) == ("Proposal", Deal.Status.OPEN, 120_000, "EUR")
    assert (won.status, won.amount, won.owner) == (Deal.Status.WON, 88_050, "Tom Berg")
    colleague.close_deal("Ropes for the season")
    kith.synchronise()
    assert kith.deal("Ropes for the season").status == Deal.Status.WON


def test_somebody_whom_the_shop_knows_by_the_same_address_is_one_person(kith: Kith) -> None:
    kith.hears(CLARA, "Order Completed", newsletter=True)
    before = kith.person(CLARA).pk
    kith.synchronise()
    assert kith.person(CLARA).pk == before
    assert kith.link(CLARA).state == Link.State.SYNCED
    assert kith.traits(CLARA)["newsletter"] is True
    assert kith.traits(CLARA)["title"] == "Achats"


def test_score_segments_and_link_appear_in_fields_that_kith_has_made(kith: Kith, colleague: Colleague) -> None:
    kith.score()
    kith.segment("buyers", "Buyers, twice", BUYERS)
    kith.hears(CLARA, "Order Completed", "Order Completed")
    kith.check()
    made = colleague.fields("Contact")
    assert {key: made[key]["field_type"] for key in ("kith_score", "kith_segments", "kith_link")} == {
        "kith_score": "number",
        "kith_segments": "text",
        "kith_link": "text",
    }
    kith.synchronise()
    said = colleague.contact("Clara")["custom_fields"]
    assert said["kith_score"] == 40
    assert said["kith_band"] == "hot"
    assert said["kith_segments"] == "Buyers, twice"
    assert said["kith_link"].endswith(f"/admin/profiles/profile/{kith.person(CLARA).pk}/change/")
    assert "kith_segments" not in colleague.contact("Hugo")["custom_fields"]
    assert colleague.leads()["Paul"]["custom_fields"]["kith_link"]


def test_leaving_a_segment_is_written_too(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    kith.segment("grenoble", "In Grenoble", IN_GRENOBLE)
    kith.synchronise()
    assert colleague.contact("Clara")["custom_fields"]["kith_segments"] == "In Grenoble"
    colleague.change("Clara", city="Lyon")
    kith.synchronise()
    assert kith.traits(CLARA)["city"] == "Lyon"
    assert "kith_segments" not in colleague.contact("Clara")["custom_fields"]


def test_what_a_colleague_changes_comes_back_and_what_the_shop_learns_goes(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    colleague.change("Hugo", phone="+33611223344", title="Trésorier")
    kith.hears(MARIE, city="Chamonix")
    kith.synchronise()
    assert kith.traits(HUGO)["phone"] == "+33611223344"
    assert kith.traits(HUGO)["title"] == "Trésorier"
    assert colleague.contact("Marie")["city"] == "Chamonix"


@pytest.mark.parametrize(
    ("owner", "kept", "here", "there"),
    [
        ("crm", "remote", "Nice", "Nice"),
        ("kith", "kith", "Chamonix", "Chamonix"),
        ("recent", "kith", "Chamonix", "Chamonix"),
    ],
)
def test_what_both_have_changed_is_decided_by_the_rule_of_the_field_and_listed(
    kith: Kith, colleague: Colleague, owner: str, kept: str, here: Any, there: Any
) -> None:
    kith.own("city", owner)
    kith.synchronise()
    colleague.change("Marie", city="Nice")
    kith.hears(MARIE, city="Chamonix")
    kith.synchronise()
    assert kith.conflicts() == [("city", "Chamonix", "Nice", kept)]
    assert (kith.traits(MARIE)["city"], colleague.contact("Marie")["city"]) == (here, there)


def test_a_deleted_contact_is_found_by_comparing_and_the_person_stays(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    colleague.delete("Marie")
    kith.compare()
    assert kith.link(MARIE).state == Link.State.MISSING
    assert kith.traits(MARIE)["last_name"] == "Laurent"
    assert kith.link(HUGO).state == Link.State.SYNCED


def test_somebody_entered_in_the_crm_becomes_known(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    colleague.add(first_name="Inès", last_name="Roux", email="Ines.Roux@Example.com")
    kith.synchronise()
    assert kith.traits("ines.roux@example.com")["first_name"] == "Inès"
    assert colleague.contact("Inès")["custom_fields"]["kith_link"]


def test_when_nothing_changes_nothing_is_written_and_nothing_is_applied(kith: Kith, colleague: Colleague) -> None:
    kith.synchronise()
    kith.score()
    kith.segment("grenoble", "In Grenoble", IN_GRENOBLE)
    kith.hears(CLARA, "Order Completed", "Order Completed")
    kith.synchronise()
    # Reads what it has just written.
    kith.synchronise()
    writes, runs = kith.writes(), len(kith.runs())
    before = {one: row["updated_at"] for one, row in colleague.contacts().items()}
    kith.synchronise()
    kith.synchronise()
    assert kith.writes() == writes
    assert not Inbound.objects.exists()
    assert {one: row["updated_at"] for one, row in colleague.contacts().items()} == before
    quiet = kith.runs()[runs:]
    assert quiet
    assert all(run.state == SyncRun.State.DONE and not run.written and not run.changed for run in quiet)
