"""One real CRM for the session, as new for each test; and a Kith that is connected to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdp_site.crm.server import Crm
from tests.crm import cluster
from tests.crm.colleague import Colleague
from tests.crm.kith import Kith


@pytest.fixture(scope="session")
def served() -> Iterator[Crm]:
    """The CRM's process."""
    with cluster.served() as found:
        yield found


@pytest.fixture
def crm(served: Crm) -> Crm:
    """The CRM as it was when it had just been filled."""
    cluster.reset(served)
    return served


@pytest.fixture
def colleague(crm: Crm) -> Iterator[Colleague]:
    """Somebody who works in the CRM."""
    somebody = Colleague(crm)
    yield somebody
    somebody.close()


@pytest.fixture
def kith(crm: Crm, transactional_db: None) -> Kith:
    """A Kith that knows nobody yet, connected to the CRM and checked against it."""
    return Kith(crm)
