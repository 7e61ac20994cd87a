"""One embedded PostgreSQL and Valkey for the whole test session, and the real stack for tests that go over HTTP."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from cdp_site.embedded import lock, servers
from tests.live import Live, launched

_PREFIX = "kith-tests-"
_SETTLED_SECONDS = 120
_stack = ExitStack()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before settings are read; xdist's workers inherit their addresses."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
    if "PYTEST_XDIST_WORKER" not in os.environ and not config.option.collectonly:
        _remove_leftovers()
        directory = Path(_stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)))
        (directory / "static").mkdir()
        os.environ["KITH_DATA"] = str(directory)
        if not os.environ.get("DATABASE_URL"):
            _stack.enter_context(servers.running(directory, durable=False))
    django.setup()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium the browser tests are skipped, saying what installs it."""
    if shutil.which("chromium"):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="no Chromium: sudo apt-get install chromium"))


def pytest_unconfigure() -> None:
    """Stop them. When we are killed instead, the kernel stops them."""
    _stack.close()


def _remove_leftovers() -> None:
    """Directories of sessions that were killed: nobody holds their lock any more."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            # One that has just been made does not hold its lock yet.
            if time.time() - directory.stat().st_mtime < _SETTLED_SECONDS:
                continue
            os.close(lock.take(directory / "instance.lock"))
        except (lock.HeldError, OSError):  # in use, or somebody else's
            continue
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Live]:
    """Web and worker, run by the real launcher on a database of their own, with the seed's people in it."""
    with launched(tmp_path_factory.mktemp("live"), f"live_{worker_id}", ["web", "worker"]) as found:
        yield found


@pytest.fixture(scope="module")
def live_all(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Live]:
    """Everything that `make run` starts: web, worker, tasks and beat."""
    with launched(tmp_path_factory.mktemp("all"), f"all_{worker_id}", ["web", "worker", "tasks", "beat"]) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        # Root has no sandbox, and small containers little shared memory.
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, live: Live) -> Iterator[Page]:
    """A fresh page of the running Kith; paths are relative to its address."""
    context = browser.new_context(base_url=live.url, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()
