"""The page of the whole ledger: the last movements in all segments."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from segments import roster
from segments.latest import latest
from segments.models import Segment
from segments.transitions import KINDS
from segments.views import frame, may_see_people, must_view


def ledger_page(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """`?kind=entered` or `left`; `?before=` goes on. Nothing about people for who may not see them."""
    must_view(request, model_admin)
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    before = request.GET.get("before", "")
    may_see = may_see_people(request)
    movements, older = latest(before, kind) if may_see else ([], "")
    context = frame(request, model_admin) | {
        "title": _("Movements"),
        "movements": movements,
        "older": older,
        "first": not before,
        "kind": kind,
        "may_see_people": may_see,
        "as_of": roster.as_of(),
    }
    return TemplateResponse(request, "segments/ledger.html", context)
