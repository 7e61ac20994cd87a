"""The page on which a score is written: what it is called, and the fields of its method's editor."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from scoring.edit import save
from scoring.editors import Editor, editor
from scoring.errors import ScoreError
from scoring.forms import HeadForm
from scoring.methods import methods
from scoring.models import ScoreModel, ScoreVersion


def choose_page(request: HttpRequest, model_admin: ModelAdmin[ScoreModel]) -> HttpResponse:
    """The methods to choose from, for a new score."""
    context = model_admin.admin_site.each_context(request) | {"title": _("New score"), "methods": _choices()}
    return TemplateResponse(request, "scoring/choose.html", context)


def _choices() -> list[dict[str, Any]]:
    # Not the classes: a template would call them.
    return [{"key": key, "label": kind.label, "description": kind.description} for key, kind in methods().items()]


def form_page(
    request: HttpRequest, model_admin: ModelAdmin[ScoreModel], model: ScoreModel | None, method: str
) -> HttpResponse:
    """The form of a new score (None, with its method) or of an existing one; saved, it leads to the score's page.

    `?version=3` begins with the configuration of that version.
    """
    if method not in methods() and model is None:
        raise Http404
    earlier = _earlier(request, model)
    model = model or ScoreModel(method=method)
    begun = earlier.config if earlier else model.config or methods()[method].example
    data = request.POST if request.method == "POST" else None
    head = HeadForm(data, instance=model)
    fields = editor(method)(begun if isinstance(begun, dict) else {}, data)
    said = _save(head, fields, request) if data is not None and all([head.is_valid(), fields.is_valid()]) else ""
    if said is None:
        return redirect("admin:scoring_scoremodel_change", model.pk)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Edit score") if model.pk else _("New score"),
        "model": model if model.pk else None,
        "head": head,
        "editor": fields,
        "said": said,
        "earlier": earlier,
        "is_fullwidth": "1",
    }
    return TemplateResponse(request, "scoring/form.html", context)


def _earlier(request: HttpRequest, model: ScoreModel | None) -> ScoreVersion | None:
    number = request.GET.get("version", "")
    if model is None or not number.isdecimal() or len(number) > 9:
        return None
    return model.versions.filter(number=int(number)).exclude(number=model.version).first()


def _save(head: HeadForm, fields: Editor, request: HttpRequest) -> str | None:
    """Make it the next version, or only rename; None when done, else what is to be said above the fields."""
    model, config = head.instance, fields.config()
    if model.pk and config == model.config and not model.error:
        # Not what computing writes, which may be newer than what was read here.
        model.save(update_fields=["name", "description", "enabled"])
        return None
    try:
        save(model, config, request.user if isinstance(request.user, User) else None)
    except ScoreError as error:
        return fields.place(error)
    return None
