"""GET /health/: is everything alive that must be?"""

from datetime import datetime
from typing import Any

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET
from kombu.exceptions import OperationalError

from cdp_site.celery import app
from cdp_site.schedule import BEAT
from profiles.locks import is_held
from tracking.models import Inbox

WORKER = "worker"
_COUNTED_AT_MOST = 100_000


@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, worker and beat are alive, else 503; JSON that says which, and the backlog."""
    found = {**_database(), "broker": _broker()}
    alive = all(found[part] for part in ("database", "broker", "worker", "beat"))
    return JsonResponse({"status": "ok" if alive else "failing", **found}, status=200 if alive else 503)


def _database() -> dict[str, Any]:
    """The worker and beat each hold a lock as long as they live, so the database knows."""
    try:
        return {"database": True, "worker": is_held(WORKER), "beat": is_held(BEAT), "inbox": _backlog()}
    except Error:
        return {"database": False, "worker": False, "beat": False, "inbox": None}


def _backlog() -> dict[str, float]:
    """Requests accepted and not yet applied, and how long the oldest has been waiting, in seconds."""
    oldest: datetime | None = Inbox.objects.order_by("pk").values_list("received_at", flat=True).first()
    return {
        "requests": Inbox.objects.all()[:_COUNTED_AT_MOST].count(),
        "oldest_seconds": round((timezone.now() - oldest).total_seconds(), 1) if oldest else 0.0,
    }


def _broker() -> bool:
    try:
        with app.connection_for_read(connect_timeout=2) as connection:
            connection.ensure_connection(max_retries=1)
    except (OperationalError, OSError):
        return False
    return True
