"""What committed tests write is removed afterwards."""

from tests.committed import transactional_db

__all__ = ["transactional_db"]
