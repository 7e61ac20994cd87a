"""Celery and everything that is scheduled. Tasks never carry an event: a dead broker loses nothing."""

import os
from datetime import timedelta

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")

app = Celery("kith")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _house(task: str, schedule: timedelta | crontab, every: timedelta) -> dict[str, object]:
    """A task that expires within its interval: a stopped worker does not come back to a pile."""
    return {"task": task, "schedule": schedule, "options": {"expires": every.total_seconds() * 0.9}}


_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# The whole beat table of the house. Connections' schedules are rows.
app.conf.beat_schedule = {
    "segments: the clock moves windows": _house("segments.tasks.refresh", _MINUTE, _MINUTE),
    "segments: recompute everything and compare": _house("segments.tasks.verify", crontab(minute="10", hour="3"), _DAY),
    "segments: sizes that jump are told": _house("segments.tasks.watch", _HOUR, _HOUR),
    "scoring: days end, windows close, edits wait": _house("scoring.tasks.refresh", _MINUTE, _MINUTE),
    "profiles: partitions ahead of time": _house("profiles.tasks.partitions", crontab(minute="40", hour="2"), _DAY),
    "connections: their schedules are rows": _house("connectors.tasks.follow_schedules", _MINUTE, _MINUTE),
    "connections: compare both sides": _house("connectors.tasks.tonight", crontab(minute="30", hour="1"), _DAY),
}
app.conf.beat_scheduler = "cdp_site.schedule:OneBeat"
app.conf.broker_connection_retry_on_startup = True
app.conf.broker_connection_max_retries = None
app.conf.worker_hijack_root_logger = False
