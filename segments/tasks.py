"""When: every minute for the clock, and every night for the proof."""

from celery import shared_task

from segments import refresh as refresher
from segments import verify as verifier


@shared_task
def refresh() -> None:
    """Windows close by themselves, without a new event."""
    refresher.refresh()


@shared_task
def verify() -> None:
    """Every leaf from scratch; any difference is reported."""
    verifier.verify()
