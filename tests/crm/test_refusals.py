"""What the real CRM refuses, and what Kith makes of it."""

from __future__ import annotations

from connectors.models import Connection, Link
from tests.crm.colleague import Colleague
from tests.crm.kith import Kith

MARIE, HUGO = "marie.laurent@example.com", "hugo.martin@example.com"


def test_a_refused_contact_waits_with_the_words_of_the_crm_while_its_neighbours_pass(
    kith: Kith, colleague: Colleague
) -> None:
    kith.score()
    kith.synchronise()
    colleague.require("budget", "Contact", but_not="Marie")
    kith.hears(MARIE, "Order Completed", city="Chamonix")
    kith.hears(HUGO, "Order Completed", city="Nice")
    kith.synchronise()
    (letter,) = kith.letters()
    assert letter.profile_id == kith.person(MARIE).pk
    assert letter.words == "custom_fields: budget: is required"
    assert kith.link(MARIE).state == Link.State.DEAD
    assert colleague.contact("Hugo")["custom_fields"]["kith_score"] == 20
    assert colleague.contact("Marie")["custom_fields"]["kith_score"] == 0

    colleague.change("Marie", custom_fields={"budget": "small"})
    kith.replay()
    assert kith.letters() == []
    assert colleague.contact("Marie")["custom_fields"]["kith_score"] == 20


def test_a_token_that_is_revoked_stops_everything_until_somebody_connects_again(
    kith: Kith, colleague: Colleague
) -> None:
    kith.synchronise()
    kith.enter_token("bcrm_pat_revoked")
    colleague.change("Hugo", city="Nice")
    kith.try_to_synchronise()
    kith.connection.refresh_from_db()
    assert kith.connection.state == Connection.State.RECONNECT
    assert "login again" in kith.connection.words
    kith.enter_token(kith.token)
    kith.test()
    kith.synchronise()
    assert kith.traits(HUGO)["city"] == "Nice"
