from collections.abc import Iterator

import pytest

from tests.committed import transactional_db  # noqa: F401  a fixture
from tests.connectors.standin import Remote, serving


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def address(remote: Remote) -> Iterator[str]:
    with serving(remote) as found:
        yield found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody applies what was read while a test waits: it is applied in between."""
    monkeypatch.setattr("connectors.sync.PATIENCE", 0.0)
