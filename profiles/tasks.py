"""What is done about people on a schedule; the verbs say how, these only that it is time."""

from __future__ import annotations

from celery import shared_task

from profiles.partitions import ahead


@shared_task
def partitions() -> None:
    """Tables for the events of the coming months. Harmless twice: it takes a lock and makes what is missing."""
    ahead()
