"""What the builder asks for while somebody types: the figures of a rule, and suggestions of values."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import reading, suggest
from segments.counting import SupersededError
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.models import Segment
from segments.preview import Note, Preview, preview, spread
from segments.publish import approve

# So many of who enters and of who leaves are named before publishing.
NAMED = 6
_LONGEST = 40


def preview_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """What a rule gives, as JSON; of one that is not complete, where and why: `{"error": {"path", "message"}}`.

    The body is `{"rule": ..., "segment": id, "exact": false, "asker": "..."}`. Unless it is to be exact, what takes
    long is estimated; `asker` names the page that asks, whose next question ends this one.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    must_build(request, model_admin)
    try:
        asked = reading.read(request.body.decode(errors="replace"))
        segment = _segment(asked)
        body = asked if isinstance(asked, dict) else {}
        rule = body.get("rule")
        approve(rule, segment.slug if segment else "")
        found = preview(rule, segment, exact=body.get("exact") is True, asker=_asker(body, request))
        return JsonResponse(drawn(found, request))
    except RuleError as error:
        return JsonResponse({"error": {"path": error.path, "message": error.message}})
    except SupersededError:
        return JsonResponse({"error": {"path": "", "message": _("Something else was asked meanwhile.")}})


def suggest_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """Values of `?attribute=`, properties of `?event=`, or what is known of accounts (`?account=`), seen lately;
    nothing for who may not see people.
    """
    must_build(request, model_admin)
    attribute, event = request.GET.get("attribute", ""), request.GET.get("event", "")
    may_see = request.user.has_perm("profiles.view_profile")
    values = suggest.values(attribute) if may_see and attribute else []
    properties = suggest.properties(event) if may_see and event else []
    properties += suggest.of_accounts() if may_see and "account" in request.GET else []
    return JsonResponse({"values": values, "properties": [item.to_json() for item in properties]})


def must_build(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> None:
    """PermissionDenied for who may neither add nor change a segment."""
    if not (model_admin.has_add_permission(request) or model_admin.has_change_permission(request)):
        raise PermissionDenied


def _asker(body: dict[str, Any], request: HttpRequest) -> str:
    """The page that asks, of this user: nobody ends what somebody else asked."""
    asker = body.get("asker")
    return f"{request.user.pk} {asker}" if isinstance(asker, str) and asker.isalnum() and len(asker) <= _LONGEST else ""


def _segment(asked: Any) -> Segment | None:
    pk = asked.get("segment") if isinstance(asked, dict) else None
    if not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk < 2**63:
        return None
    return Segment.objects.filter(pk=pk).first()


def drawn(found: Preview, request: HttpRequest) -> dict[str, Any]:
    """What the builder shows of it; people by name for who may see them."""
    entering, leaving = spread(found.enters, NAMED), spread(found.leaves, NAMED)
    may_see = request.user.has_perm("profiles.view_profile")
    known = faces({*found.sample, *entering, *leaving}) if may_see else {}
    return {
        "total": found.total,
        "everybody": found.everybody,
        "sentence": found.sentence,
        "age": round((timezone.now() - found.at).total_seconds()),
        "counts": found.counts,
        "sentences": found.sentences,
        "estimated": found.estimated,
        "took": found.took,
        "sample": [{**person, "why": found.reasons.get(person["id"], "")} for person in _people(found.sample, known)],
        "enters": {"count": found.size(found.enters), "people": _people(entering, known)},
        "leaves": {"count": found.size(found.leaves), "people": _people(leaving, known)},
        "notes": [_note(note) for note in found.notes],
        "duration_ms": found.duration_ms,
    }


def _note(note: Note) -> dict[str, Any]:
    offer = note.offer.to_json() if note.offer else None
    return {"path": note.path, "message": note.message, "grave": note.grave, "offer": offer}


def _people(ids: list[int], known: dict[int, Face]) -> list[dict[str, Any]]:
    return [known[person_id].to_json() for person_id in ids if person_id in known]
