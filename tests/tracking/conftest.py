"""The collector writes over connections of its own: what these tests write is committed."""

from tests.committed import pytest_configure, transactional_db

__all__ = ["pytest_configure", "transactional_db"]
