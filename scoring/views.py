"""The pages about scores: the list, one page for each of them, and what can be done there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from scoring import distribution, portrait, wording
from scoring.edit import roll_back, used_by, withdraw
from scoring.errors import ScoreError
from scoring.models import ScoreModel, ScoreVersion
from scoring.tasks import refresh
from scoring.tones import bands, tone

_VERSIONS = 30


@dataclass(frozen=True)
class Line:
    """A score in the list, with its bands as parts of a bar: (label, tone, people, percent)."""

    model: ScoreModel
    kind: str
    parts: list[tuple[str, str, int, float]]


def score_list(request: HttpRequest, model_admin: ModelAdmin[ScoreModel]) -> HttpResponse:
    """Every score with its bands, its state and its age."""
    must_view(request, model_admin)
    sizes = distribution.sizes_of_all()
    models = list(ScoreModel.objects.all())
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Scores"),
        "lines": [Line(model, _kind(model), _parts(model, sizes.get(model.pk, {}))) for model in models],
        "may_add": model_admin.has_add_permission(request),
    }
    return TemplateResponse(request, "scoring/list.html", context)


def _kind(model: ScoreModel) -> str:
    return str(model.kind.label) if model.kind else model.method


def _parts(model: ScoreModel, sizes: dict[str, int]) -> list[tuple[str, str, int, float]]:
    total = sum(sizes.values())
    return [
        (band.label, tone(model, band), sizes[key], round(100 * sizes[key] / total, 1))
        for key, band in bands(model).items()
        if sizes.get(key)
    ]


def score_page(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str) -> HttpResponse:
    """One score: what it counts, how it is spread, its bands and their movement, the top, its versions."""
    must_view(request, model_admin)
    model = found(object_id)
    may_see_people = request.user.has_perm("profiles.view_profile") and request.user.has_perm("scoring.view_score")
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Score"),
        "model": model,
        "awaited": model.enabled and model.computed_version != model.version and not model.error,
        "may_change": model_admin.has_change_permission(request, model),
        "may_delete": model_admin.has_delete_permission(request, model),
        "may_segment": request.user.has_perm("segments.add_segment"),
        "versions": model.versions.select_related("author")[:_VERSIONS],
        "users": used_by(model),
        **_words(model),
        **portrait.portrait(model, may_see_people=may_see_people),
    }
    return TemplateResponse(request, "scoring/page.html", context)


def _words(model: ScoreModel) -> dict[str, Any]:
    try:
        method = model.read()
        return {"counted": wording.counted(method), "limits": wording.limits(method), "kind": method.label}
    except ScoreError as error:
        return {"unread": str(error), "kind": model.method}


def status_json(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str) -> HttpResponse:
    """Whether the scores are those of the last version: `{"computed", "at", "error"}`."""
    must_view(request, model_admin)
    model = found(object_id)
    at = model.computed_at.isoformat() if model.computed_at else ""
    computed = bool(model.error) or (model.computed_version == model.version and model.clock_at is not None)
    return JsonResponse({"computed": computed, "at": at, "error": model.error})


def compute(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str) -> HttpResponse:
    """Have everybody computed anew, as soon as the tasks come to it."""
    model = _to_change(request, model_admin, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    ScoreModel.objects.filter(pk=model.pk).update(clock_at=None, failed_at=None)
    soon()
    messages.success(request, _("Everybody is being computed anew. This page shows it as soon as it is done."))
    return redirect("admin:scoring_scoremodel_change", model.pk)


def soon() -> None:
    """Ask the tasks for what is due."""
    try:
        refresh.apply_async(retry=False)
    except OperationalError:
        # Without a broker nothing is lost: what is due is asked for every minute.
        return


def restore(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str, number: int) -> HttpResponse:
    """Make an older version the newest."""
    model = _to_change(request, model_admin, object_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        made = roll_back(model, number, request.user if isinstance(request.user, User) else None)
    except ScoreVersion.DoesNotExist:
        raise Http404 from None
    except ScoreError as error:
        messages.error(request, str(error))
    else:
        soon()
        said = _("Version %(old)d is back, as version %(new)d.") % {"old": number, "new": made.number}
        messages.success(request, said)
    return redirect("admin:scoring_scoremodel_change", model.pk)


def delete(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str) -> HttpResponse:
    """Ask, then take the score away; refused, with the list, while segments or scores ask it."""
    model = found(object_id)
    if not model_admin.has_delete_permission(request, model):
        raise PermissionDenied
    if request.method == "POST":
        try:
            withdraw(model)
        except ScoreError as error:
            messages.error(request, error.message)
            return redirect("admin:scoring_scoremodel_change", model.pk)
        messages.success(request, _("“%(score)s” was deleted.") % {"score": model.name})
        return redirect("admin:scoring_scoremodel_changelist")
    context = {"title": _("Delete score"), "model": model, "users": used_by(model)}
    return TemplateResponse(request, "scoring/delete.html", model_admin.admin_site.each_context(request) | context)


def found(object_id: str) -> ScoreModel:
    """The score of that id, or 404."""
    known = object_id.isdecimal() and len(object_id) < 19
    model = ScoreModel.objects.filter(pk=int(object_id)).first() if known else None
    if model is None:
        raise Http404
    return model


def must_view(request: HttpRequest, model_admin: ModelAdmin[ScoreModel]) -> None:
    """PermissionDenied for who may not look at scores."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _to_change(request: HttpRequest, model_admin: ModelAdmin[ScoreModel], object_id: str) -> ScoreModel:
    model = found(object_id)
    if not model_admin.has_change_permission(request, model):
        raise PermissionDenied
    return model
