"""These need the real CRM: `make test-crm` runs them."""

from __future__ import annotations

import pytest

from tests.committed import transactional_db

__all__ = ["transactional_db"]


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures once Django is set up: a conftest named on the command line is imported before that."""
    config.pluginmanager.import_plugin("tests.crm.fixtures")
