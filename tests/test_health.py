"""GET /health/ says what is alive, from what the processes hold."""

import pytest
from django.test import Client

from cdp_site.embedded import paths
from cdp_site.schedule import BEAT
from profiles.locks import advisory_lock

pytestmark = pytest.mark.django_db


def test_it_is_unhealthy_without_worker_and_beat(client: Client) -> None:
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "failing",
        "database": True,
        "broker": True,
        "worker": False,
        "beat": False,
        "inbox": {"requests": 0, "oldest_seconds": 0.0},
    }


def test_it_is_healthy_when_worker_and_beat_hold_their_locks(client: Client) -> None:
    with advisory_lock("worker"), advisory_lock(BEAT):
        answer = client.get("/health/")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


def test_a_dead_broker_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdp_site.celery.app.conf.broker_url", "redis+socket:///nowhere/valkey.sock")
    monkeypatch.setattr("cdp_site.celery.app.conf.broker_read_url", "redis+socket:///nowhere/valkey.sock")
    assert paths.broker_socket().exists()
    answer = client.get("/health/")
    assert answer.status_code == 503
    assert answer.json()["broker"] is False


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)("/health/").status_code == 405
