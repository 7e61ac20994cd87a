"""Become another program that dies with its parent: python tether.py PARENT SIGNAL UID GID PROGRAM [ARGUMENT...].

A program of its own, run with `python -I -S`, because code between fork and exec is not safe in a parent with threads.
UID and GID are -1 to stay who we are.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int, number: int) -> None:
    """Ask the kernel for signal `number` when the thread that started us ends; leave at once if it has already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(128 + number)


def main(arguments: list[str]) -> None:
    """Change account first: that clears the death signal. Then tie ourselves to the parent, then exec."""
    parent, number, uid, gid = (int(argument) for argument in arguments[:4])
    if uid >= 0:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    os.umask(0o077)
    die_with_parent(parent, number)
    # Python ignores SIGPIPE and exec would hand that on.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(arguments[4], arguments[4:])  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
