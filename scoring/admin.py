"""Scores in the admin: it declares the addresses; views.py and builder.py draw the pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from scoring import builder, columns, panels, views
from scoring.models import ScoreModel

__all__ = ["ScoreModelAdmin", "columns", "panels"]


@admin.register(ScoreModel)
class ScoreModelAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """The list, a page for each score, its form, and what can be done with it."""

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "edit": ("<str:object_id>/edit/", self.edit_view),
            "status": ("<str:object_id>/status/", self._with_id(views.status_json)),
            "compute": ("<str:object_id>/compute/", self._with_id(views.compute)),
            "restore": (
                "<str:object_id>/restore/<int:number>/",
                lambda request, object_id, number: views.restore(request, self, object_id, number),
            ),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"scoring_scoremodel_{name}")
            for name, (route, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def _with_id(self, view: Any) -> Any:
        return lambda request, object_id: view(request, self, object_id)

    def changelist_view(self, request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return views.score_list(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra: dict[str, Any] | None = None
    ) -> HttpResponse:
        return views.score_page(request, self, object_id)

    def history_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        """The history of a score is in its versions, on its page."""
        return views.score_page(request, self, object_id)

    def add_view(self, request: HttpRequest, _form_url: str = "", _extra: dict[str, Any] | None = None) -> HttpResponse:
        """The methods to choose from, then the form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        method = request.GET.get("method", "")
        return builder.form_page(request, self, None, method) if method else builder.choose_page(request, self)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form of an existing score."""
        model = views.found(object_id)
        if not self.has_change_permission(request, model):
            raise PermissionDenied
        return builder.form_page(request, self, model, model.method)

    def delete_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return views.delete(request, self, object_id)
