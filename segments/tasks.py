"""When: every minute for the clock, every hour for sizes that jump, and every night for the proof."""

from celery import shared_task

from segments import alerts
from segments import refresh as refresher
from segments import verify as verifier


@shared_task
def refresh() -> None:
    """Windows close by themselves, without a new event; this is for when the worker does not run."""
    refresher.tick()


@shared_task
def verify() -> None:
    """Every leaf from scratch; any difference is reported."""
    verifier.verify()


@shared_task
def watch() -> None:
    """Sizes that move more than their owners find normal are told."""
    alerts.watch()
