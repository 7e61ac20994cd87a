"""Locks by name: one holder, whatever happens to transactions and connections."""

import threading

import pytest
from django.db import connection, transaction

from profiles.locks import AdvisoryLock, advisory_lock, is_held, key

pytestmark = pytest.mark.django_db


def test_one_holder_at_a_time() -> None:
    with advisory_lock("a test") as first, advisory_lock("a test") as second, advisory_lock("another") as other:
        assert (first, second, other) == (True, False, True)
    with advisory_lock("a test") as again:
        assert again


def test_others_see_that_it_is_held() -> None:
    assert not is_held("a test")
    with advisory_lock("a test"):
        assert is_held("a test")
        assert not is_held("another")
    assert not is_held("a test")


def test_a_rollback_does_not_let_go_of_it() -> None:
    with advisory_lock("a test"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert is_held("a test")


def test_who_holds_it_learns_that_the_server_took_it_away() -> None:
    lock = AdvisoryLock("a test")
    assert lock.acquire()
    assert lock.held()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kith lock a test'"
        )
    assert not lock.held()
    assert lock.acquire()
    lock.release()
    lock.release()
    assert not lock.held()


def test_waiting_ends_when_the_holder_lets_go() -> None:
    holder, waiter = AdvisoryLock("a test"), AdvisoryLock("a test")
    assert holder.acquire()
    timer = threading.Timer(0.2, holder.release)
    timer.start()
    assert waiter.acquire(wait=True)
    assert not holder.held()
    waiter.release()
    timer.join()


def test_names_have_distinct_keys_in_the_range_of_the_server() -> None:
    keys = {key(f"name {number}") for number in range(1000)}
    assert len(keys) == 1000
    assert all(-(2**63) <= one < 2**63 for one in keys)
