"""What the pages of segments share: who may look, which segment is meant; and taking one away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from segments.errors import RuleError
from segments.followers import followers, seen_by
from segments.models import Segment
from segments.publish import withdraw


def status_json(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Whether the members are those of the last version yet: `{"computed", "state", "size"}`."""
    must_view(request, model_admin)
    segment = found(object_id)
    computed = segment.computed_version == segment.version or segment.state == Segment.State.BROKEN
    return JsonResponse({"computed": computed, "state": segment.state, "size": segment.size})


def delete(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Ask, then take the segment away; refused, with the list, while something needs it."""
    segment = found(object_id)
    if not model_admin.has_delete_permission(request, segment):
        raise PermissionDenied
    if request.method == "POST":
        try:
            withdraw(segment)
        except RuleError as error:
            messages.error(request, error.message)
            return redirect("admin:segments_segment_change", segment.pk)
        messages.success(request, _("“%(segment)s” was deleted.") % {"segment": segment.name})
        return redirect("admin:segments_segment_changelist")
    readers = seen_by(request.user, followers(segment))
    context = {
        "title": _("Delete segment"),
        "segment": segment,
        "needed": [reader for reader in readers if reader.needs],
        "followers": [reader for reader in readers if not reader.needs],
    }
    return TemplateResponse(request, "segments/delete.html", frame(request, model_admin) | context)


def found(object_id: str) -> Segment:
    """The segment of that id, or 404."""
    known = object_id.isdecimal() and len(object_id) < 19
    segment = Segment.objects.filter(pk=int(object_id)).first() if known else None
    if segment is None:
        raise Http404
    return segment


def must_view(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> None:
    """PermissionDenied for who may not look at segments."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def may_see_people(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("profiles.view_profile"))


def frame(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> dict[str, Any]:
    """What the theme's frame needs. Not `opts`: the theme would read our tabs as its own."""
    return model_admin.admin_site.each_context(request)
