"""Segments by what is known of the company that people belong to."""

from datetime import timedelta

import pytest

from profiles import ingest
from profiles.messages import Message, message_key
from segments.verify import verify
from tests.segments.shop import Shop

RETAIL = {"company": {"where": [{"property": "industry", "op": "is", "value": "retail"}]}}
RENEWS = {"company": {"where": [{"property": "renewal", "op": "in_next", "value": "7 days"}]}}


@pytest.fixture
def shop(db):
    shop = Shop()
    for user in ("clara", "bruno", "julie"):
        shop.does(user, "Visit")
    shop.publishes("retail", RETAIL)
    shop.publishes("others", {"none": [RETAIL]})
    shop.publishes("renews", RENEWS)
    shop.publishes("employed", {"company": {}})
    shop.refreshes()
    return shop


def belongs(shop, user, company, **known):
    """What a `group` message says."""
    said = Message(
        id=message_key(shop.source.id, f"group {next(shop.numbers)}"),
        source=shop.source,
        type="group",
        occurred_at=shop.now,
        received_at=shop.now,
        name=None,
        identifiers=(("user_id", user),),
        properties={},
        traits=known,
        group=company,
        payload=b"{}",
    )
    assert not ingest.apply([said]).refused


def true(shop):
    return verify(shop.now + timedelta(seconds=1)).differences == []


def test_who_joins_a_company_enters(shop):
    belongs(shop, "clara", "acme", industry="retail")
    shop.refreshes()
    assert shop.members("retail") == {"clara"}
    assert shop.members("others") == {"bruno", "julie"}
    belongs(shop, "bruno", "acme")
    shop.refreshes()
    assert shop.members("retail") == {"clara", "bruno"} == shop.members("employed")
    assert true(shop)


def test_all_of_a_company_move_with_what_is_learned_of_it(shop):
    belongs(shop, "clara", "acme")
    belongs(shop, "bruno", "acme")
    shop.refreshes()
    assert shop.members("retail") == set()
    shop.now += timedelta(minutes=1)
    belongs(shop, "clara", "acme", industry="retail")
    shop.refreshes()
    assert shop.members("retail") == {"clara", "bruno"}
    shop.now += timedelta(minutes=1)
    belongs(shop, "clara", "acme", industry="banking")
    shop.refreshes()
    assert shop.members("retail") == set()
    assert true(shop)


def test_nothing_new_asks_nothing(shop):
    belongs(shop, "clara", "acme", industry="retail")
    shop.refreshes()
    belongs(shop, "clara", "acme")
    assert shop.refreshes().asked == 0


def test_a_date_of_a_company_comes_near_by_itself(shop):
    belongs(shop, "clara", "acme", renewal="2026-07-01")
    shop.refreshes()
    assert shop.members("renews") == set()
    shop.refreshes(later=timedelta(days=10))
    assert shop.members("renews") == {"clara"}
    assert true(shop)


def test_a_company_goes_with_a_merge(shop):
    shop.is_known("clara", email="clara@example.org")
    shop.does("anon-1", "Visit")
    shop.refreshes()
    belongs(shop, "clara", "acme", industry="retail")
    shop.turns_out_to_be("anon-1", "clara@example.org")
    shop.refreshes()
    assert shop.members("retail") == {"clara"}
    assert true(shop)
