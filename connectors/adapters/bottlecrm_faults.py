"""What BottleCRM means when it refuses."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from connectors.client import Answer
from connectors.faults import Fault, Kind


def refusal(answer: Answer) -> Fault | None:
    """What is wrong with an answer to a write: told by its body first, then by its status."""
    json = "json" in answer.headers.get("content-type", "")
    found = answer.json() if json else None
    told = found if isinstance(found, dict) else {}
    if answer.ok and json and told.get("error") is not True:
        return None
    words = _words(told.get("errors") or told.get("detail"))
    if not words:
        words = (
            answer.words
            if json
            else _("What answers there is not BottleCRM (HTTP %(status)s).") % {"status": answer.status}
        )
    if answer.status == 403 and "detail" in told:
        # Told before any of its views was asked: the token is wrong, revoked, or not for this.
        return Fault(Kind.AUTH, words, status=answer.status)
    if answer.ok or (answer.status == 404 and not json):
        # A page for people: this is another server, or another address of it.
        return Fault(Kind.PERMANENT, words, status=answer.status)
    fault = answer.fault()
    return Fault(fault.kind, words, retry_after=fault.retry_after, status=answer.status)


def _words(found: Any) -> str:
    """{"city": ["Too long."]} as "city: Too long."."""
    if isinstance(found, dict):
        return "; ".join(f"{key}: {_words(value)}" for key, value in found.items())
    if isinstance(found, list):
        return " ".join(_words(one) for one in found)
    return "" if found is None else str(found)[:500]
