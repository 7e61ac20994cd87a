"""How templates write about connections."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Deal, SyncRun
from profiles.money import worded

register = template.Library()

# The colour in which a state of a connection, a run, a link or a deal is shown; others are neutral.
_TONES = {
    "good": {"ready", "done", "synced", "linked", "won"},
    "info": {"here", "there", "pushing", "open", "pulling", "reconciling", "preflight", "idle"},
    "warn": {"paused", "cancelled", "conflict", "retry"},
    "bad": {"reconnect", "failed", "dead", "missing"},
}
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


@register.filter
def tone(state: str) -> str:
    """The colour of a chip."""
    return next((name for name, states in _TONES.items() if str(state) in states), "quiet")


@register.filter
def amount(deal: Deal) -> str:
    """What a deal is about, in its own currency."""
    return worded(deal.amount, deal.currency) if deal.amount is not None else "—"


@register.filter
def took(run: SyncRun) -> str:
    """How long a run took, or takes by now."""
    seconds = ((run.finished_at or run.moved_at) - run.started_at).total_seconds()
    if seconds < _MINUTE:
        return _("%(seconds).1f s") % {"seconds": seconds}
    minutes, rest = divmod(round(seconds), _MINUTE)
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}


@register.filter
def every(seconds: int) -> str:
    """A schedule in words."""
    if seconds % _DAY == 0:
        return ngettext("every day", "every %(count)d days", seconds // _DAY) % {"count": seconds // _DAY}
    if seconds % _HOUR == 0:
        return ngettext("every hour", "every %(count)d hours", seconds // _HOUR) % {"count": seconds // _HOUR}
    if seconds % _MINUTE == 0:
        return ngettext("every minute", "every %(count)d minutes", seconds // _MINUTE) % {"count": seconds // _MINUTE}
    return ngettext("every second", "every %(count)d seconds", seconds) % {"count": seconds}


@register.filter
def of(mapping: Any, key: Any) -> Any:
    """What a mapping holds under a key that a template has in a variable; "" for nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def label_of(objects: Any, key: str) -> Any:
    """What an object of a system is called; its key when the system no longer has it."""
    return objects[key].label if key in objects else key
