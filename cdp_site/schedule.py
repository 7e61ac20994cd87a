"""Beat's scheduler: the rows of django-celery-beat, under a lock so that two beats never run."""

import time
from typing import Any

import psycopg
from django_celery_beat.schedulers import DatabaseScheduler

from profiles.locks import AdvisoryLock

BEAT = "beat"
_RETRY_SECONDS = 1.0


class OneBeat(DatabaseScheduler):  # type: ignore[misc]  # django-celery-beat has no types
    """Waits for the lock before it reads the table, and pauses when PostgreSQL's restart has taken the lock away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.alone = AdvisoryLock(BEAT)
        while not self._alone():
            time.sleep(_RETRY_SECONDS)
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due if we are the only beat; seconds until the next look."""
        if not self._alone():
            return _RETRY_SECONDS
        return float(super().tick(*args, **kwargs))

    def _alone(self) -> bool:
        try:
            return self.alone.held() or self.alone.acquire()
        except psycopg.OperationalError:
            return False
