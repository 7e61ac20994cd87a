"""Credentials are encrypted, under keys that can be changed; schedules follow the connections."""

from __future__ import annotations

import pytest
from django_celery_beat.models import PeriodicTask

from connectors import credentials, schedules
from connectors.faults import Fault, Kind
from connectors.models import Connection
from profiles.models import Source

pytestmark = pytest.mark.django_db


def _connection(**more) -> Connection:
    source = Source.objects.create(name="CRM", kind=Source.Kind.CONNECTION)
    return Connection.objects.create(slug="crm", name="CRM", adapter="standin", source=source, **more)


def test_a_secret_is_not_stored_as_it_is(settings):
    settings.CREDENTIALS_KEYS = ["old"]
    sealed = credentials.seal({"token": "s3cret-token"})
    assert b"s3cret-token" not in sealed
    assert credentials.unseal(sealed) == {"token": "s3cret-token"}


def test_a_new_key_takes_over_and_the_old_one_can_go(settings):
    settings.CREDENTIALS_KEYS = ["old"]
    connection = _connection(secrets=credentials.seal({"token": "s3cret-token"}))
    settings.CREDENTIALS_KEYS = ["new", "old"]
    assert credentials.renew() == 1
    settings.CREDENTIALS_KEYS = ["new"]
    connection.refresh_from_db()
    assert credentials.unseal(bytes(connection.secrets)) == {"token": "s3cret-token"}


def test_credentials_that_no_key_opens_have_to_be_entered_again(settings):
    settings.CREDENTIALS_KEYS = ["old"]
    sealed = credentials.seal({"token": "s3cret-token"})
    settings.CREDENTIALS_KEYS = ["another"]
    with pytest.raises(Fault) as caught:
        credentials.unseal(sealed)
    assert caught.value.kind is Kind.AUTH


def test_the_schedule_of_a_connection_is_a_row_that_follows_it():
    connection = _connection(every=60)
    schedules.match()
    row = PeriodicTask.objects.get(task=schedules.TASK)
    assert (row.interval.every, row.enabled, row.expire_seconds) == (60, True, 54)
    Connection.objects.update(every=30, enabled=False)
    schedules.match()
    row.refresh_from_db()
    assert (row.interval.every, row.enabled, row.expire_seconds) == (30, False, 27)
    connection.delete()
    schedules.match()
    assert not PeriodicTask.objects.filter(task=schedules.TASK).exists()
