"""When: every minute, for days that end, windows that close, and edits that wait."""

from celery import shared_task

from scoring import refresh as refresher


@shared_task
def refresh() -> None:
    """What is due; in most minutes that is nothing."""
    refresher.refresh()
