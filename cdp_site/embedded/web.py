"""The web process: granian with the collector and Django, its workers tied to it so that none outlives it."""

import importlib
import multiprocessing
import os
import signal
from typing import Any

import django
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cdp_site.embedded.tether import die_with_parent

_MODULE, _NAME = "cdp_site.wsgi", "application"


def load(_target: str) -> Any:
    """Load the application in a worker of granian's, which otherwise survives a kill -9 of the main process."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        die_with_parent(parent.pid, signal.SIGKILL)
    return getattr(importlib.import_module(_MODULE), _NAME)


def main() -> None:
    """Serve on KITH_PORT until SIGTERM."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
    if multiprocessing.get_start_method() == "fork":
        # Loaded once for all workers. Connections and threads are theirs: `load` makes them.
        django.setup()
    cores = len(os.sched_getaffinity(0))
    Granian(
        f"{_MODULE}:{_NAME}",
        address="127.0.0.1",
        port=int(os.environ.get("KITH_PORT", "8000")),
        interface=Interfaces.WSGI,
        workers=min(4, cores),
        # Each thread has a database connection of its own.
        blocking_threads=min(8, 2 * cores + 1),
        backpressure=256,
        workers_kill_timeout=1,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        log_access=False,
    ).serve(target_loader=load)


if __name__ == "__main__":
    main()
