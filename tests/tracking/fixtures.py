"""What most of these tests begin with: a source, its key, and a collector."""

from collections.abc import Iterator

import pytest

from profiles.keys import issue
from profiles.models import Source
from tests.tracking.front import Front, basic


@pytest.fixture
def front(transactional_db: None) -> Iterator[Front]:
    """A collector of the test's own."""
    front = Front()
    yield front
    front.collector.inbox.close()


@pytest.fixture
def shop(transactional_db: None) -> Source:
    """A server source."""
    return Source.objects.create(name="Shop", kind=Source.Kind.SERVER, country="FR")


@pytest.fixture
def key(shop: Source) -> str:
    """The shop's key."""
    return issue(shop)


@pytest.fixture
def auth(key: str) -> dict[str, str]:
    """The shop's key as a header."""
    return basic(key)
