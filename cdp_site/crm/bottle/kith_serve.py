"""Gunicorn's configuration for `make crm`: its workers die with their parent, as everything here does."""

import ctypes
import os
import signal
from typing import Any

from django.urls import get_resolver

_PR_SET_PDEATHSIG = 1

preload_app = True
workers = 2
threads = 4
worker_class = "gthread"
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  a heartbeat, no data
keepalive = 30
timeout = 120
graceful_timeout = 1
accesslog = None
loglevel = "warning"
control_socket_disable = True


def when_ready(_server: Any) -> None:
    """Runs once, before there are workers: its addresses and all that they import, which takes seconds, are shared."""
    _ = get_resolver().url_patterns


def post_fork(server: Any, worker: Any) -> None:
    """Runs in a new worker: the kernel kills it when gunicorn's main process is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != server.pid:
        os._exit(1)
