"""The page of one segment: its size, its state, and its tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments import drafts, roster, tabs
from segments.models import Segment
from segments.views import found, frame, may_see_people, must_view


@dataclass(frozen=True)
class Tab:
    """A part of a segment's page; `context` reads what its template shows."""

    key: str
    label: str | Promise
    icon: str
    context: Callable[[Segment, HttpRequest], dict[str, Any]]

    @property
    def template(self) -> str:
        """Where it is drawn."""
        return f"segments/tabs/{self.key}.html"


TABS = [
    Tab("overview", gettext_lazy("Overview"), "monitoring", tabs.overview),
    Tab("members", gettext_lazy("Members"), "group", tabs.members),
    Tab("moves", gettext_lazy("Entered and left"), "swap_vert", tabs.moves),
    Tab("versions", gettext_lazy("Versions"), "history", tabs.versions),
    Tab("overrides", gettext_lazy("By hand"), "back_hand", tabs.overrides),
]


def segment_page(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """One segment and the tab that is open. `?part`: the open tab alone."""
    must_view(request, model_admin)
    segment = found(object_id)
    tab = next((tab for tab in TABS if tab.key == request.GET.get("tab")), TABS[0])
    context: dict[str, Any] = {
        "segment": segment,
        "tab": tab,
        "may_see_people": may_see_people(request),
        "may_change": model_admin.has_change_permission(request, segment),
    }
    context |= tab.context(segment, request)
    if "part" in request.GET:
        return TemplateResponse(request, tab.template, context)
    context |= frame(request, model_admin) | {
        "title": _("Segment"),
        "tabs": TABS,
        "draft": drafts.of(segment),
        "alerts": segment.alerts.filter(seen_at__isnull=True)[:3],
        "everybody": roster.everybody(),
        "as_of": roster.as_of(),
        "may_delete": model_admin.has_delete_permission(request, segment),
    }
    return TemplateResponse(request, "segments/page.html", context)
