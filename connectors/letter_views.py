"""The page of one dead letter: what was refused and why, changed and tried again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors import dead_letters, letters
from connectors.models import Connection, DeadLetter
from connectors.views import (
    found,
    frame,
    kind_of,
    may_change_letters,
    may_see_letters,
    must_view,
    objects_of,
)
from segments.faces import faces


def letter(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str, letter_id: int) -> HttpResponse:
    """One of them; a POST edits, retries or dismisses it."""
    must_view(request, model_admin)
    connection = found(object_id)
    one = DeadLetter.objects.filter(connection=connection, pk=letter_id).select_related("connection", "link").first()
    if one is None or not may_see_letters(request):
        raise Http404
    if request.method == "POST":
        if not may_change_letters(request):
            raise PermissionDenied
        return _decided(request, connection, one)
    kind = kind_of(connection)
    known = faces([one.profile_id]) if one.profile_id else {}
    url = one.link.url if one.link else ""
    context = frame(request, model_admin) | {
        "title": _("Refused"),
        "connection": connection,
        "letter": one,
        "face": known.get(one.profile_id or 0),
        "system": kind.label if kind and one.direction == DeadLetter.Direction.PUSH else "Kith",
        "objects": objects_of(connection),
        "lines": letters.lines(one),
        "url": url if url.startswith(("http://", "https://")) else "",
        "may_change": may_change_letters(request),
    }
    return TemplateResponse(request, "connectors/letter.html", context)


def retry_all(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """Every dead letter of the connection, with the next run."""
    must_view(request, model_admin)
    connection = found(object_id)
    if request.method != "POST" or not may_change_letters(request):
        raise PermissionDenied
    count = letters.retry_all(connection)
    said = ngettext(
        "%d record is tried again with the next run.", "%d records are tried again with the next run.", count
    )
    messages.success(request, said % count)
    return _back(connection)


def _decided(request: HttpRequest, connection: Connection, one: DeadLetter) -> HttpResponse:
    if one.resolved_at is not None:
        messages.info(request, _("This is done with."))
    elif request.POST.get("do") == "drop":
        dead_letters.dismiss(one)
        messages.success(request, _("It is let be."))
    elif one.direction == DeadLetter.Direction.PUSH and (payload := letters.changed(one, request.POST.dict())):
        dead_letters.edit(one, payload)
        messages.success(request, _("Your values are written with the next run."))
    else:
        dead_letters.retry(one)
        messages.success(request, _("It is tried again with the next run."))
    return _back(connection)


def _back(connection: Connection) -> HttpResponse:
    response = redirect("admin:connectors_connection_change", connection.pk)
    response["Location"] += "?tab=letters"
    return response
