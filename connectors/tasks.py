"""When: each connection on its own schedule, all of them at night. A task may come twice: runs are single flight."""

from celery import shared_task

from connectors import credentials, nightly, schedules
from connectors import sync as runs


@shared_task
def sync(connection_id: int) -> None:
    """What changed there, then what changed here."""
    runs.sync(connection_id)


@shared_task
def resync(connection_id: int) -> None:
    """Everything, read and compared anew; removals too."""
    runs.sync(connection_id, full=True)


@shared_task
def push(connection_id: int) -> None:
    """Write now."""
    runs.push(connection_id)


@shared_task
def pull(connection_id: int) -> None:
    """Read now."""
    runs.pull(connection_id)


@shared_task
def reconcile(connection_id: int, *, believe: bool = False) -> None:
    """What is there against what should be."""
    runs.reconcile(connection_id, believe=believe)


@shared_task
def preview(connection_id: int, *, full: bool = False) -> None:
    """What would be written."""
    runs.preview(connection_id, full=full)


@shared_task
def follow_schedules() -> None:
    """The rows of beat follow the connections."""
    schedules.match()


@shared_task
def tonight() -> None:
    """Each connection is compared in a task of its own; what is old goes; credentials get the newest key."""
    nightly.each(reconcile.delay)
    nightly.sweep()
    credentials.renew()
