"""Looks again at everybody about whom something changed."""

from __future__ import annotations

from django.db import transaction

from profiles import changes

READER = "connectors"


def pending() -> bool:
    """Did something change since the last look?"""
    return changes.waiting(READER)


def follow() -> None:
    """Take who changed; there is nothing yet to do about them."""
    with transaction.atomic():
        changes.take(READER)
