"""The signed-in browser of the screens' tests, for the builder; what committed tests write is removed afterwards."""

from tests.committed import transactional_db
from tests.screens.conftest import opened, signed_in

__all__ = ["opened", "signed_in", "transactional_db"]
