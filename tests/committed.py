"""For conftests of tests that need a database which other connections see: without a transaction around the test."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection
from pytest_django import DjangoDbBlocker


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures once Django is set up: a conftest named on the command line is imported before that."""
    config.pluginmanager.import_plugin("tests.tracking.fixtures")


@pytest.fixture
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What is written is committed, and removed afterwards. Django's own would remove what migrations wrote as well."""
    with django_db_blocker.unblock():
        tables = _empty_tables()
        yield
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")


def _empty_tables() -> list[str]:
    tables = [
        f'"{model._meta.db_table}"'
        for label in ("profiles", "segments", "tracking", "scoring", "connectors")
        for model in apps.get_app_config(label).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT FROM {table})" for table in tables))
        return [table for table, filled in zip(tables, cursor.fetchone() or (), strict=True) if not filled]
