"""What goes wrong at the remote, and what becomes of it: nothing is lost or written twice, nobody else waits."""

from __future__ import annotations

import threading
import time

import pytest
from django.utils import timezone

from connectors import dead_letters, runs, sync
from connectors.adapters.base import Limits
from connectors.client import Client
from connectors.faults import Fault, Kind
from connectors.limiter import Budget
from connectors.models import CallBudget, Connection, DeadLetter, Inbound, Link, Outbound, Position, SyncRun
from profiles.locks import advisory_lock
from profiles.models import Profile
from tests.connectors.given import both, connected, lines, link, person, pull, push, said, segment
from tests.connectors.standin import Remote, serving
from tests.connectors.standin_adapter import Standin

pytestmark = pytest.mark.usefixtures("transactional_db")

OURS = lines(("email", "traits.email", "crm"), ("first_name", "traits.first_name", "kith"))


def _people(remote: Remote, count: int) -> list[str]:
    return [remote.add("contact", {"email": f"person{n}@shop.example"}) for n in range(count)]


def _renamed(count: int, name: str = "Ren") -> None:
    for n in range(count):
        said(f"email:person{n}@shop.example", first_name=f"{name}{n}")


@pytest.mark.parametrize("whole", [False, True], ids=["row by row", "as a whole"])
def test_a_bad_record_is_found_and_its_neighbours_are_written(remote, address, whole):
    there = _people(remote, 7)
    connection = connected(remote, address, OURS)
    both(connection)
    remote.habits.whole = whole
    _renamed(7)
    said("email:person3@shop.example", first_name="bad")
    run = push(connection)
    assert (run.written, run.failed) == (6, 1)
    assert [remote.get("contact", id_).get("first_name") for id_ in there[2:5]] == ["Ren2", None, "Ren4"]
    letter = DeadLetter.objects.get()
    assert "not allowed" in letter.words
    assert (letter.remote_id, letter.payload) == (there[3], {"first_name": "bad"})
    assert link(there[3]).state == "dead"


def test_a_dead_letter_is_tried_again_when_its_time_comes_and_not_before(remote, address):
    there = _people(remote, 1)[0]
    connection = connected(remote, address, OURS)
    both(connection)
    _renamed(1, "bad"[:3])
    said("email:person0@shop.example", first_name="bad")
    push(connection)
    calls = len(remote.calls)
    Link.objects.update(stale=True)
    push(connection)
    assert len(remote.calls) == calls
    DeadLetter.objects.update(next_at=timezone.now())
    push(connection)
    assert DeadLetter.objects.get(resolved_at=None).tries == 2
    dead_letters.retry(DeadLetter.objects.get(resolved_at=None))
    said("email:person0@shop.example", first_name="Good")
    push(connection)
    assert not DeadLetter.objects.filter(resolved_at=None).exists()
    assert remote.get("contact", there)["first_name"] == "Good"


def test_an_edited_dead_letter_is_written_as_edited(remote, address):
    there = _people(remote, 1)[0]
    connection = connected(remote, address, OURS)
    both(connection)
    said("email:person0@shop.example", first_name="bad")
    push(connection)
    dead_letters.edit(DeadLetter.objects.get(), {"first_name": "Mended"})
    push(connection)
    both(connection)
    assert remote.get("contact", there)["first_name"] == "Mended"
    assert not DeadLetter.objects.filter(resolved_at=None).exists()


def test_a_record_that_is_gone_is_missing_there(remote, address):
    there, other = _people(remote, 2)
    connection = connected(remote, address, OURS)
    both(connection)
    _renamed(2)
    remote.habits.whole = True
    remote.delete("contact", there)
    push(connection)
    assert (link(there).state, link(other).state) == ("missing", "synced")


def test_an_answer_lost_after_creating_creates_nobody_twice(remote, address):
    said("user_id:customer-anna", "email:anna@shop.example", plan="gold", first_name="Anna")
    segment("vip", {"where": {"attribute": "traits.plan", "op": "is", "value": "gold"}})
    connection = connected(remote, address, {"contact": {**OURS["contact"], "create_there": "vip"}})
    pull(connection)
    remote.habits.lose = 1
    assert push(connection).failed == 1
    assert remote.created == 1
    Link.objects.update(retry_at=None)
    push(connection)
    both(connection)
    assert remote.created == 1
    assert Link.objects.get().state == "synced"


def test_an_answer_lost_after_an_update_is_asked_for_again(remote, address):
    there = _people(remote, 1)[0]
    connection = connected(remote, address, OURS)
    both(connection)
    _renamed(1)
    remote.habits.lose = 1
    push(connection)
    assert link(there).state == "retry"
    assert push(connection).read == 0
    Link.objects.update(retry_at=None)
    push(connection)
    assert link(there).state == "synced"


def test_refused_credentials_ask_for_somebody_and_nothing_is_called_until_then(remote, address):
    _people(remote, 1)
    connection = connected(remote, address, OURS)
    remote.habits.token = "another"
    sync.sync(connection.pk)
    connection.refresh_from_db()
    assert (connection.state, connection.words) == ("reconnect", "this token has expired")
    calls = len(remote.calls)
    sync.sync(connection.pk)
    assert len(remote.calls) == calls


def test_a_quota_pauses_and_the_reading_goes_on_where_it_was(remote, address):
    _people(remote, 500)
    connection = connected(remote, address, OURS)
    sync.preflight.check(connection)
    remote.habits.left = 1
    sync.pull(connection.pk)
    connection.refresh_from_db()
    run = SyncRun.objects.get()
    assert (connection.state, run.state, run.read) == ("paused", "paused", 200)
    assert 3000 < (connection.paused_until - timezone.now()).total_seconds() < 4600
    remote.habits.left = None
    Connection.objects.update(paused_until=None)
    assert pull(connection).read == 300
    assert Link.objects.count() == 500
    assert Position.objects.get().cursor is None


def test_a_system_that_is_away_is_left_alone_for_a_while(remote, address):
    _people(remote, 3)
    connection = connected(remote, address, OURS)
    both(connection)
    remote.habits.fail = 50
    sync.sync(connection.pk)
    connection.refresh_from_db()
    assert connection.state == "paused"
    calls = len(remote.calls)
    sync.sync(connection.pk)
    assert len(remote.calls) == calls
    remote.habits.fail = 0
    Connection.objects.update(paused_until=None)
    sync.sync(connection.pk)
    connection.refresh_from_db()
    assert connection.state == "ready"


def test_too_many_calls_wait_as_long_as_the_remote_asks(remote, address):
    remote.habits.rate = 2
    with_limit = Client(address, headers={"Authorization": "Bearer t0k3n"}, allow_private=True)
    for _call in range(4):
        assert with_limit.call("GET", "/me").ok
    with_limit.close()


def test_one_budget_is_shared_by_all_who_call(remote, address):
    connection = connected(remote, address, OURS)
    limits = Limits(calls=20)
    waits: list[float] = []
    budgets = [Budget(connection.pk, limits, sleep=waits.append) for _ in range(2)]
    started = time.monotonic()
    for budget in budgets * 10:
        budget.take()
    elapsed = time.monotonic() - started
    for budget in budgets:
        budget.close()
    # Two at once, then one every eighteenth of a second, whoever asks.
    assert max(waits) > (20 - 2) / 18 - elapsed - 0.2
    assert CallBudget.objects.get().used == 20


def test_a_part_of_the_days_calls_is_left_to_others(remote, address):
    connection = connected(remote, address, OURS)
    budget = Budget(connection.pk, Limits(calls=8, daily=10, reserve=0.2), sleep=lambda _: None)
    for _call in range(8):
        budget.take()
    with pytest.raises(Fault) as caught:
        budget.take()
    budget.close()
    assert caught.value.kind is Kind.QUOTA


def test_one_run_at_a_time_for_each_object(remote, address):
    connection = connected(remote, address, OURS)
    with advisory_lock(f"connection {connection.pk} contact"):
        sync.pull(connection.pk)
    assert not SyncRun.objects.exists()


def test_a_run_of_a_process_that_died_does_not_stay_under_way(remote, address):
    connection = connected(remote, address, OURS)
    left = SyncRun.objects.create(connection=connection, object="contact", direction="pull", state="pulling")
    pull(connection)
    left.refresh_from_db()
    assert (left.state, left.finished_at is not None) == ("failed", True)


def test_a_cancelled_run_stops_and_goes_on_later(remote, address, monkeypatch):
    _people(remote, 500)
    connection = connected(remote, address, OURS)
    monkeypatch.setattr(runs, "_SECONDS", 0.0)
    cancelling = threading.Timer(0, lambda: None)
    remote.habits.latency = 0.2
    thread = threading.Thread(target=sync.pull, args=(connection.pk,))
    thread.start()
    while not SyncRun.objects.filter(state="pulling").exists() and thread.is_alive():
        time.sleep(0.01)
    runs.cancel(SyncRun.objects.get())
    thread.join()
    cancelling.cancel()
    run = SyncRun.objects.get()
    assert (run.state, run.read < 500) == ("cancelled", True)
    remote.habits.latency = 0
    pull(connection)
    assert Link.objects.count() == 500


def test_a_slow_system_delays_no_other(remote, address):
    slow = Remote()
    slow.habits.latency = 3
    with serving(slow) as elsewhere:
        fast = connected(remote, address, OURS)
        other = connected_too(slow, elsewhere)
        thread = threading.Thread(target=sync.pull, args=(other.pk,))
        thread.start()
        started = time.monotonic()
        pull(fast)
        assert thread.is_alive()
        assert time.monotonic() - started < 3
        thread.join()


def connected_too(remote: Remote, address: str) -> Connection:
    first = Connection.objects.get()
    source = first.source
    source.pk, source.name = None, "Second"
    source.save()
    first.pk, first.slug, first.name, first.source = None, "second", "Second", source
    first.config = {"url": address}
    first.save()
    remote.fields = {"contact": {"email": {"key": "email", "label": "E-mail"}}}
    return first


def test_a_record_that_kith_cannot_store_is_set_aside_and_its_neighbours_are_not(remote, address):
    remote.add("contact", {"email": "good@shop.example", "first_name": "Good"})
    remote.add("contact", {"email": "odd@shop.example", "first_name": "nul\u0000"})
    remote.add("contact", {"email": "fine@shop.example", "first_name": "Fine"})
    connection = connected(remote, address, lines(("first_name", "traits.first_name", "crm")))
    pull(connection)
    assert {each.traits["first_name"] for each in Profile.objects.all()} == {"Good", "Fine"}
    assert DeadLetter.objects.get().direction == "pull"
    assert not Inbound.objects.exists()
    remote.edit("contact", "2", first_name="Mended")
    pull(connection)
    assert person("crm_crm_contact:2").traits["first_name"] == "Mended"
    assert not DeadLetter.objects.filter(resolved_at=None).exists()


def test_every_write_is_kept_with_what_was_said(remote, address):
    there = _people(remote, 1)[0]
    connection = connected(remote, address, OURS)
    both(connection)
    _renamed(1)
    push(connection)
    sent = Outbound.objects.get()
    assert (sent.remote_id, sent.payload, sent.state) == (there, {"first_name": "Ren0"}, "sent")


def test_a_system_that_shares_no_table_is_called_through_the_guard_only():
    client = Client("http://127.0.0.1:9")
    with pytest.raises(Fault) as caught:
        client.call("GET", "/")
    assert caught.value.kind is Kind.PERMANENT
    assert "public" in caught.value.words
    client.close()


def test_the_adapter_of_the_stand_in_is_one_like_any_other():
    assert Standin.limits.batch == 100
