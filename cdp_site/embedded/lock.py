"""Locks on files of the data directory. The kernel drops them with their last holder, so nothing stale can be left."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class HeldError(Exception):
    """Somebody else has the lock."""


def take(path: Path) -> int:
    """Lock `path` at once and return its descriptor, or raise HeldError.

    The lock lasts until every process that has the descriptor has closed it or died. A server started with it keeps it
    for itself and all its children: whether one of them lives is then a fact, whatever a pid file says.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise HeldError(str(path)) from None
    return descriptor


def take_within(path: Path, seconds: float, impatient: Callable[[], None]) -> int:
    """Lock `path`, waiting for a holder that is on its way out; call `impatient` once half of the time has passed."""
    started, pushed = time.monotonic(), False
    while True:
        try:
            return take(path)
        except HeldError:
            waited = time.monotonic() - started
            if waited > seconds:
                raise
            if waited > seconds / 2 and not pushed:
                impatient()
                pushed = True
            time.sleep(0.02)


@contextmanager
def only_instance(directory: Path) -> Iterator[None]:
    """Own the data directory for a block. Raises HeldError, with a sentence for people, when another instance does."""
    path = directory / "instance.lock"
    try:
        descriptor = take(path)
    except HeldError:
        owner = path.read_text().strip()
        process = f" (process {owner})" if owner else ""
        raise HeldError(
            f"Kith is already running on {directory}{process}: stop it first, or set KITH_DATA to another directory."
        ) from None
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.ftruncate(descriptor, 0)
        os.close(descriptor)
