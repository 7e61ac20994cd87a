"""A data directory for servers of a test's own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded.processes import await_gone


@pytest.fixture
def directory() -> Iterator[Path]:
    """A data directory that the servers' account can reach (pytest's own are closed to it)."""
    path = Path(tempfile.mkdtemp(prefix="kith-embedded-"))
    yield path
    await_gone(path)
    shutil.rmtree(path)
