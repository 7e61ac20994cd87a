"""Pages about write keys: made, shown once, replaced. A key is in no redirect, session or log."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from profiles import keys
from profiles.models import Source

# How long the old key stays valid beside the new one.
OVERLAPS = {
    "7": (timedelta(days=7), _("For a week: time to change it everywhere")),
    "1": (timedelta(days=1), _("For a day")),
    "0": (timedelta(), _("Not at all: it was seen by somebody who should not have it")),
}
_WITH_KEYS = {Source.Kind.BROWSER, Source.Kind.SERVER}


def first_key(request: HttpRequest, model_admin: ModelAdmin[Source], source: Source) -> HttpResponse:
    """Answer the making of a source: with its key, if it is of a kind that has one."""
    if source.kind not in _WITH_KEYS:
        return redirect("admin:profiles_source_changelist")
    return _shown_once(request, model_admin, source, keys.issue(source))


def rotate(request: HttpRequest, model_admin: ModelAdmin[Source], source_id: int) -> HttpResponse:
    """Ask how long the old key shall live, then show the new one."""
    source = get_object_or_404(Source, pk=source_id)
    if not model_admin.has_change_permission(request, source):
        raise PermissionDenied
    newest = source.keys.order_by("-pk").first()
    if request.method != "POST":
        context = _frame(request, model_admin) | {
            "title": _("Replace the key"),
            "source": source,
            "newest": newest,
            "overlaps": OVERLAPS,
        }
        return TemplateResponse(request, "profiles/source_rotate.html", context)
    if request.POST.get("newest") != str(newest.pk if newest else ""):
        # The page was sent twice, or somebody else was faster: one new key is enough.
        messages.warning(request, _("The key was replaced already. Replace it again if you have not seen it."))
        return redirect("admin:profiles_source_change", source.pk)
    overlap, _label = OVERLAPS.get(request.POST.get("overlap", ""), OVERLAPS["7"])
    with transaction.atomic():
        key = keys.rotate(source, overlap)
        model_admin.log_change(request, source, str(_("Replaced the key.")))
    return _shown_once(request, model_admin, source, key)


@sensitive_variables("key", "context")
def _shown_once(request: HttpRequest, model_admin: ModelAdmin[Source], source: Source, key: str) -> HttpResponse:
    context = _frame(request, model_admin) | {
        "title": _("The key of %(name)s") % {"name": source.name},
        "source": source,
        "key": key,
        "curl": curl(request.build_absolute_uri("/v1/track"), key),
    }
    response = TemplateResponse(request, "profiles/source_key.html", context)
    response["Cache-Control"] = "no-store"
    return response


def curl(address: str, key: str) -> str:
    """A line for a terminal that sends a first event."""
    message = {
        "userId": "anna-1",
        "event": "Order Completed",
        "context": {"traits": {"name": "Anna Example", "email": "anna@example.com"}},
        "properties": {"order_id": "A-1", "revenue": 89.9, "currency": "EUR", "category": "boots"},
    }
    return f"curl -u {key}: -H 'Content-Type: application/json' -d '{json.dumps(message)}' {address}"


def _frame(request: HttpRequest, model_admin: ModelAdmin[Any]) -> dict[str, Any]:
    return dict(model_admin.admin_site.each_context(request))
