"""Batches from the inbox: all of it once, and one bad message costs the others nothing."""

import json
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from profiles.models import Event, Identifier, Profile, Source
from tests.tracking.front import Front
from tracking import quarantine
from tracking.apply import apply_batch
from tracking.failures import data_is_at_fault
from tracking.models import Inbox, Quarantine


def _track(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Clicked", "userId": f"user-{number}", "messageId": f"m{number}", **more}


def _users() -> set[str]:
    return set(Identifier.objects.filter(type="user_id").values_list("value", flat=True))


def _apply_all() -> int:
    total = 0
    while taken := apply_batch():
        total += taken
    return total


def test_what_is_sent_twice_is_stored_once(front: Front, auth: dict[str, str]) -> None:
    body = {"batch": [_track(number) for number in range(50)]}
    for _ in range(3):
        assert front.post("/v1/batch", body, auth).status == 200
    assert _apply_all() == 150
    assert (Event.objects.count(), Profile.objects.count()) == (50, 50)
    assert (Inbox.objects.count(), Quarantine.objects.count()) == (0, 0)


def test_a_batch_takes_about_as_many_messages_as_asked_and_the_oldest_first(front: Front, auth: dict[str, str]) -> None:
    for start in range(0, 100, 10):
        front.post("/v1/batch", {"batch": [_track(start + number) for number in range(10)]}, auth)
    assert apply_batch(limit=25) == 30
    assert _users() == {f"user-{number}" for number in range(30)}
    assert _apply_all() == 70


def test_bad_messages_go_to_quarantine_and_their_neighbours_to_people(front: Front, auth: dict[str, str]) -> None:
    bad = [_track(100, userId=None), _track(101, type="unknown"), _track(102, properties={"a": "\x00"}), "text"]
    front.post("/v1/batch", {"batch": [_track(1), *bad, _track(2)]}, auth)
    assert _apply_all() == 6
    assert _users() == {"user-1", "user-2"}
    assert sorted(Quarantine.objects.values_list("reason", flat=True)) == [
        "no_identifier", "not_an_object", "unknown_type", "unstorable_text",
    ]  # fmt: skip


@pytest.fixture
def poisonous(transactional_db: None) -> Any:
    """The database refuses two event names: an error of data, and a limit that it reports as operational."""
    with connection.cursor() as cursor:
        cursor.execute("""
            CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.properties ? 'poison' THEN
                    RAISE EXCEPTION 'poison' USING ERRCODE = NEW.properties ->> 'poison';
                END IF;
                RETURN NEW;
            END $$""")
        cursor.execute(
            "CREATE TRIGGER poison BEFORE INSERT ON profiles_event FOR EACH ROW EXECUTE FUNCTION refuse_poison()"
        )
        yield
        cursor.execute("DROP TRIGGER poison ON profiles_event")
        cursor.execute("DROP FUNCTION refuse_poison")


@pytest.mark.parametrize("code", ["22000", "23000", "54000", "P0001"])
def test_the_message_that_the_database_refuses_is_found_by_halving(
    front: Front, auth: dict[str, str], poisonous: None, code: str
) -> None:
    batch = [_track(number) for number in range(200)]
    for number in (0, 77, 78, 199):
        batch[number]["properties"] = {"poison": code}
    front.post("/v1/batch", {"batch": batch}, auth)
    assert _apply_all() == 200
    assert _users() == {f"user-{number}" for number in range(200)} - {"user-0", "user-77", "user-78", "user-199"}
    assert set(Quarantine.objects.values_list("reason", flat=True)) == {"internal"}
    kept = [json.loads(bytes(row.payload))["userId"] for row in Quarantine.objects.order_by("pk")]
    assert kept == ["user-0", "user-77", "user-78", "user-199"]


@pytest.mark.parametrize("code", ["57P01", "53100", "40P01", "42P01"])
def test_when_the_database_is_at_fault_nothing_is_taken_from_the_inbox(
    front: Front, auth: dict[str, str], poisonous: None, code: str
) -> None:
    front.post("/v1/batch", {"batch": [_track(1), _track(2, properties={"poison": code})]}, auth)
    with pytest.raises(Exception, match="poison") as raised:
        apply_batch()
    assert not data_is_at_fault(raised.value)
    assert (Inbox.objects.count(), Quarantine.objects.count(), Profile.objects.count()) == (1, 0, 0)


def test_a_connection_lost_in_the_middle_loses_nothing(front: Front, auth: dict[str, str]) -> None:
    front.post("/v1/batch", {"batch": [_track(1)]}, auth)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    with pytest.raises(OperationalError):
        apply_batch()
    connection.close()
    assert apply_batch() == 1
    assert _users() == {"user-1"}


def test_a_replayed_message_is_applied(front: Front, auth: dict[str, str], poisonous: None) -> None:
    front.post("/v1/batch", {"batch": [_track(1, properties={"poison": "22000"})]}, auth)
    _apply_all()
    assert _users() == set()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE profiles_event DISABLE TRIGGER poison")
    assert quarantine.replay(Quarantine.objects.all()) == 1
    _apply_all()
    assert _users() == {"user-1"}
    assert Quarantine.objects.filter(replayed_at__isnull=True).count() == 0


def test_what_a_deleted_source_said_goes_with_it(front: Front, auth: dict[str, str]) -> None:
    front.post("/v1/batch", {"batch": [_track(1)]}, auth)
    Source.objects.all().delete()
    assert apply_batch() == 0
    assert (Inbox.objects.count(), Profile.objects.count()) == (0, 0)
