"""Both directions, against a remote that is really there."""

from __future__ import annotations

import pytest
from django.utils import timezone

from connectors import link_table, sync
from connectors.models import Conflict, Link, Outbound, SyncRun
from profiles.models import Identifier, Profile
from tests.connectors.given import PEOPLE, both, connected, lines, link, person, pull, push, said, segment, work

pytestmark = pytest.mark.usefixtures("transactional_db")

NAMES = lines(("first_name", "traits.first_name", "recent"))
VIP = {"where": {"attribute": "traits.plan", "op": "is", "value": "gold"}}


def test_records_become_people_and_are_linked_by_their_id(remote, address):
    anna = remote.add("contact", {"email": "Anna@Shop.example", "first_name": "Anna", "last_name": "Ang"})
    connection = connected(remote, address)
    run = pull(connection)
    assert (run.state, run.read, run.changed) == ("done", 1, 1)
    found = person(f"crm_crm_contact:{anna}")
    assert found.traits == {"email": "anna@shop.example", "first_name": "Anna", "last_name": "Ang"}
    assert person("email:anna@shop.example") == found
    assert link(anna).profile_id == found.pk


@pytest.mark.parametrize("adapter", ["standin", "standin_listing"])
def test_what_did_not_change_is_not_looked_at_again(remote, address, adapter):
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address, adapter=adapter)
    both(connection)
    run = pull(connection)
    assert run.changed == 0
    assert push(connection).written == 0


def test_an_address_proposes_the_first_link_and_nothing_after_it(remote, address):
    anna = said("user_id:customer-anna", "email:anna@shop.example", first_name="Anna")
    there = remote.add("contact", {"email": "ANNA@shop.example", "first_name": "Ann"})
    connection = connected(remote, address)
    pull(connection)
    assert link(there).profile_id == anna.pk
    assert Profile.objects.count() == 1
    remote.edit("contact", there, email="someone.else@shop.example")
    pull(connection)
    assert link(there).profile_id == anna.pk
    assert person("email:someone.else@shop.example") == anna


def test_nobody_is_created_unless_it_is_asked_for(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    said("email:bert@shop.example", first_name="Bert")
    connection = connected(remote, address, {"contact": {**PEOPLE, "create_here": False}})
    both(connection)
    assert (link(there).profile_id, link(there).state) == (None, "discovered")
    assert Profile.objects.count() == 1
    assert remote.created == 0


def test_a_record_is_linked_later_when_somebody_with_its_address_appears(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address, {"contact": {**PEOPLE, "create_here": False}}, adapter="standin_listing")
    pull(connection)
    anna = said("user_id:customer-anna", "email:anna@shop.example")
    pull(connection)
    assert link(there).profile_id == anna.pk


def test_two_records_with_one_address_do_not_become_one_person(remote, address):
    one, two = (remote.add("contact", {"email": "anna@shop.example", "first_name": name}) for name in ("One", "Two"))
    connection = connected(remote, address)
    pull(connection)
    assert link(one).profile_id != link(two).profile_id
    assert Conflict.objects.get().reason == Conflict.Reason.TWICE
    assert person("email:anna@shop.example").pk == link(one).profile_id


def test_an_address_that_is_somebody_elses_stays_a_trait_and_is_listed(remote, address):
    one, two = (remote.add("contact", {"email": f"{name}@shop.example"}) for name in ("one", "two"))
    connection = connected(remote, address)
    pull(connection)
    remote.edit("contact", two, email="one@shop.example")
    pull(connection)
    assert Profile.objects.present().count() == 2
    assert person("email:one@shop.example").pk == link(one).profile_id
    assert Profile.objects.get(pk=link(two).profile_id).traits["email"] == "one@shop.example"
    assert Conflict.objects.get().reason == Conflict.Reason.TAKEN


def test_what_changed_here_is_written_there_and_only_that(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna", "last_name": "Ang"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", first_name="Annabel")
    run = push(connection)
    assert run.written == 1
    assert remote.get("contact", there)["first_name"] == "Annabel"
    assert Outbound.objects.get().payload == {"first_name": "Annabel"}
    assert link(there).state == "synced"


def test_what_kith_wrote_is_recognised_when_it_comes_back(remote, address):
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", first_name="Annabel")
    push(connection)
    assert pull(connection).changed == 0
    assert push(connection).written == 0
    assert remote.written == 1


def test_a_change_there_is_taken_and_not_written_back(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address)
    both(connection)
    remote.edit("contact", there, first_name="Ann")
    both(connection)
    assert person("email:anna@shop.example").traits["first_name"] == "Ann"
    assert remote.written == 0


def test_both_changed_and_the_later_one_stays(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", first_name="Here")
    remote.edit("contact", there, first_name="There")
    both(connection)
    assert person("email:anna@shop.example").traits["first_name"] == "There"
    conflict = Conflict.objects.get()
    assert (conflict.ours, conflict.theirs, conflict.kept) == ("Here", "There", "remote")
    assert (conflict.field, conflict.reason) == ("first_name", "both_changed")


def test_the_crm_owns_its_field_whatever_is_said_here(remote, address):
    remote.add("contact", {"email": "anna@shop.example", "last_name": "Ang"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", last_name="Wrong")
    both(connection)
    assert person("email:anna@shop.example").traits["last_name"] == "Ang"
    assert remote.written == 0


def test_a_source_that_is_believed_more_keeps_its_value_and_it_is_listed(remote, address):
    said("email:anna@shop.example", source="erp", precedence=90, last_name="Angelou")
    remote.add("contact", {"email": "anna@shop.example", "last_name": "Ang"})
    connection = connected(remote, address)
    for _round in range(3):
        both(connection)
    assert person("email:anna@shop.example").traits["last_name"] == "Angelou"
    assert [conflict.reason for conflict in Conflict.objects.all()] == ["outranked"]


def test_a_blank_overwrites_nothing(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna", "last_name": "Ang"})
    connection = connected(remote, address)
    both(connection)
    remote.edit("contact", there, first_name="", last_name="")
    both(connection)
    assert person("email:anna@shop.example").traits["first_name"] == "Anna"
    assert remote.get("contact", there)["first_name"] == ""


def test_kith_restores_what_it_owns(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(
        remote, address, lines(("email", "traits.email", "crm"), ("first_name", "traits.first_name", "kith"))
    )
    said("email:anna@shop.example", first_name="Kith")
    both(connection)
    remote.edit("contact", there, first_name="Meddled")
    both(connection)
    assert remote.get("contact", there)["first_name"] == "Kith"


def test_entering_and_leaving_a_segment_is_written(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, lines(("segments", "segments", "kith"), ("email", "traits.email", "crm")))
    both(connection)
    said("email:anna@shop.example", plan="gold")
    segment("very-important", VIP)
    assert push(connection).written == 1
    assert remote.get("contact", there)["segments"] == "Very Important"
    said("email:anna@shop.example", plan="none")
    assert push(connection).written == 1
    assert remote.get("contact", there)["segments"] is None


def test_the_page_of_the_person_is_written(remote, address, settings):
    settings.PUBLIC_URL = "https://kith.example"
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, lines(("page", "link", "kith")))
    both(connection)
    assert (
        remote.get("contact", there)["page"]
        == f"https://kith.example/admin/profiles/profile/{link(there).profile_id}/change/"
    )


def test_a_full_resync_sends_what_drifted_and_removals_too(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, lines(("segments", "segments", "kith")))
    both(connection)
    # Somebody wrote there, and the digest of the link is wrong: nothing that is read in passing shows it.
    remote.objects["contact"][there]["values"]["segments"] = "Very Important"
    Link.objects.update(shadow={"segments": "Very Important"}, ours={"segments": None})
    assert push(connection).written == 0
    sync.pull(connection.pk, full=True)
    work()
    assert push(connection, full=True).written == 1
    assert remote.get("contact", there)["segments"] is None


def test_members_of_the_chosen_segment_are_created_there_once(remote, address):
    anna = said("user_id:customer-anna", "email:anna@shop.example", plan="gold", first_name="Anna")
    said("user_id:customer-bert", plan="gold")
    segment("vip", VIP)
    connection = connected(remote, address, {"contact": {**PEOPLE, "create_there": "vip"}})
    both(connection)
    assert remote.created == 1
    made = Link.objects.get()
    assert remote.get("contact", made.remote_id) == {"email": "anna@shop.example", "first_name": "Anna"}
    assert person(f"crm_crm_contact:{made.remote_id}") == anna
    both(connection)
    assert (remote.created, remote.written) == (1, 0)


def test_who_is_there_already_is_linked_instead_of_created(remote, address):
    said("user_id:customer-anna", "email:anna@shop.example", plan="gold", first_name="Anna")
    segment("vip", VIP)
    connection = connected(remote, address, {"contact": {**PEOPLE, "create_there": "vip"}})
    pull(connection)
    there = remote.add("contact", {"email": "Anna@shop.example", "first_name": "Annie", "last_name": "Ang"})
    push(connection)
    both(connection)
    assert remote.created == 0
    assert link(there).profile_id == person("user_id:customer-anna").pk
    assert remote.get("contact", there)["last_name"] == "Ang"


def test_a_merge_here_moves_the_link(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    older = said("user_id:customer-anna", first_name="Older")
    connection = connected(remote, address)
    both(connection)
    said("user_id:customer-anna", "email:anna@shop.example")
    assert link(there).profile_id == older.pk
    assert Identifier.objects.get(type_id="crm_crm_contact").profile_id == older.pk


def test_a_deleted_record_is_missing_there_and_the_person_stays(remote, address):
    there, other = (remote.add("contact", {"email": f"{name}@shop.example"}) for name in ("anna", "bert"))
    connection = connected(remote, address)
    both(connection)
    remote.delete("contact", there)
    sync.reconcile(connection.pk)
    work()
    assert (link(there).state, link(other).state) == ("missing", "synced")
    assert person("email:anna@shop.example").pk == link(there).profile_id
    said("email:anna@shop.example", first_name="Annabel")
    assert push(connection).failed == 0


def test_a_listing_that_lost_nearly_everything_is_not_believed(remote, address):
    for n in range(40):
        remote.add("contact", {"email": f"person{n}@shop.example"})
    connection = connected(remote, address, adapter="standin_listing")
    pull(connection)
    kept, remote.objects["contact"] = remote.objects["contact"], {}
    run = pull(connection)
    assert run.details == {"missing": 40, "doubted": True}
    assert not Link.objects.filter(state="missing").exists()
    remote.objects["contact"] = kept
    assert pull(connection).details == {"missing": 0}


def test_a_record_that_turns_up_again_is_linked_as_before(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, adapter="standin_listing")
    pull(connection)
    gone = remote.objects["contact"].pop(there)
    pull(connection)
    assert link(there).state == "missing"
    remote.objects["contact"][there] = gone
    pull(connection)
    assert link(there).state != "missing"
    assert Profile.objects.count() == 1


def test_what_the_system_makes_of_a_value_is_no_change_of_anybodys(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address, lines(("first_name", "traits.first_name", "kith")))
    both(connection)
    remote.habits.longest = 5
    said("email:anna@shop.example", first_name="Annabella")
    for _round in range(4):
        both(connection)
    assert remote.get("contact", there)["first_name"] == "Annab"
    assert remote.written <= 2
    assert [conflict.reason for conflict in Conflict.objects.all()] == ["bent"]


def test_a_dry_run_says_what_it_would_write_and_writes_nothing(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", first_name="Annabel")
    before = len(remote.calls)
    sync.preview(connection.pk)
    run = SyncRun.objects.get(dry_run=True)
    assert run.details["fields"] == {"first_name": 1}
    assert run.details["calls"] == 1
    assert run.details["samples"][0]["fields"] == {"first_name": ["Anna", "Annabel"]}
    assert remote.get("contact", there)["first_name"] == "Anna"
    assert len(remote.calls) == before
    assert push(connection).written == 1


def test_a_record_read_before_the_last_write_is_not_believed(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    connection = connected(remote, address)
    both(connection)
    said("email:anna@shop.example", first_name="Annabel")
    sync.pull(connection.pk, full=True)
    Link.objects.update(pushed_at=timezone.now())
    work()
    push(connection)
    assert remote.get("contact", there)["first_name"] == "Annabel"


def test_a_mark_set_during_a_push_is_not_lost(remote, address):
    there = remote.add("contact", {"email": "anna@shop.example"})
    connection = connected(remote, address)
    both(connection)
    read = link(there)
    link_table.mark([read.profile_id])
    read.stale = False
    link_table.settle([read])
    assert link(there).stale
