"""What connected systems said, applied by the worker: the only one who may."""

from __future__ import annotations


def pending() -> bool:
    """Was something pulled that is not applied yet?"""
    return False


def apply_batch() -> int:
    """Apply about one batch; how many records there were."""
    return 0
