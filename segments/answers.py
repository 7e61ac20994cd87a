"""What the builder asks for while somebody types: the figures of a rule, and suggestions of values."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from segments import reading, suggest
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.models import Segment
from segments.preview import Preview, preview, spread
from segments.publish import approve

# So many of who enters and of who leaves are named before publishing.
NAMED = 6


def preview_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """What a rule gives, as JSON; of one that is not complete, where and why: `{"error": {"path", "message"}}`.

    The body is `{"rule": ..., "segment": id}`.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    must_build(request, model_admin)
    try:
        asked = reading.read(request.body.decode(errors="replace"))
        segment = _segment(asked)
        rule = asked.get("rule") if isinstance(asked, dict) else None
        approve(rule, segment.slug if segment else "")
        return JsonResponse(_drawn(preview(rule, segment), request))
    except RuleError as error:
        return JsonResponse({"error": {"path": error.path, "message": error.message}})


def suggest_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """Values of `?attribute=`, or properties of `?event=`, seen lately; nothing for who may not see people."""
    must_build(request, model_admin)
    attribute, event = request.GET.get("attribute", ""), request.GET.get("event", "")
    may_see = request.user.has_perm("profiles.view_profile")
    values = suggest.values(attribute) if may_see and attribute else []
    properties = suggest.properties(event) if may_see and event else []
    return JsonResponse({"values": values, "properties": [item.to_json() for item in properties]})


def must_build(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> None:
    """PermissionDenied for who may neither add nor change a segment."""
    if not (model_admin.has_add_permission(request) or model_admin.has_change_permission(request)):
        raise PermissionDenied


def _segment(asked: Any) -> Segment | None:
    pk = asked.get("segment") if isinstance(asked, dict) else None
    if not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk < 2**63:
        return None
    return Segment.objects.filter(pk=pk).first()


def _drawn(found: Preview, request: HttpRequest) -> dict[str, Any]:
    entering, leaving = spread(found.enters, NAMED), spread(found.leaves, NAMED)
    may_see = request.user.has_perm("profiles.view_profile")
    known = faces({*found.sample, *entering, *leaving}) if may_see else {}
    return {
        "total": found.total,
        "everybody": found.everybody,
        "sentence": found.sentence,
        "counts": found.counts,
        "sentences": found.sentences,
        "sample": _people(found.sample, known),
        "enters": _movement(found.enters, entering, known),
        "leaves": _movement(found.leaves, leaving, known),
        "notes": [{"path": note.path, "message": note.message} for note in found.notes],
        "duration_ms": found.duration_ms,
    }


def _movement(people: BitMap64, named: list[int], known: dict[int, Face]) -> dict[str, Any]:
    return {"count": len(people), "people": _people(named, known)}


def _people(ids: list[int], known: dict[int, Face]) -> list[dict[str, Any]]:
    return [known[person_id].to_json() for person_id in ids if person_id in known]
