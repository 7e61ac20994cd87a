"""Segments in the admin: it declares the addresses; the views and builder.py draw the pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin

from segments import (
    answers,
    builder,
    draft_view,
    edit_views,
    gallery_view,
    ledger_view,
    list_view,
    overlap_view,
    page_view,
    panels,
    review_views,
    views,
    why_view,
)
from segments.models import Segment

__all__ = ["SegmentAdmin", "panels"]


@admin.register(Segment)
class SegmentAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """The list, a page for each segment, the builder, and the answers that these ask for."""

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "preview": ("preview/", lambda request: answers.preview_json(request, self)),
            "suggest": ("suggest/", lambda request: answers.suggest_json(request, self)),
            "review": ("review/", lambda request: review_views.review_json(request, self)),
            "tests": ("tests/", lambda request: review_views.tests_json(request, self)),
            "people": ("people/", lambda request: review_views.people_json(request, self)),
            "gallery": ("gallery/", lambda request: gallery_view.gallery_page(request, self)),
            "ledger": ("ledger/", lambda request: ledger_view.ledger_page(request, self)),
            "overlap": ("overlap/", lambda request: overlap_view.overlap_page(request, self)),
            "edit": ("<str:object_id>/edit/", self.edit_view),
            "draft": (
                "<str:object_id>/draft/",
                lambda request, object_id: draft_view.draft_page(request, self, object_id),
            ),
            "status": (
                "<str:object_id>/status/",
                lambda request, object_id: views.status_json(request, self, object_id),
            ),
            "details": (
                "<str:object_id>/details/",
                lambda request, object_id: edit_views.change_details(request, self, object_id),
            ),
            "seen": (
                "<str:object_id>/seen/",
                lambda request, object_id: edit_views.see_alerts(request, self, object_id),
            ),
            "put": ("<str:object_id>/overrides/", lambda request, object_id: edit_views.put(request, self, object_id)),
            "end": (
                "<str:object_id>/overrides/<int:override_id>/end/",
                lambda request, object_id, override_id: edit_views.end(request, self, object_id, override_id),
            ),
            "why": (
                "<str:object_id>/why/<int:profile_id>/",
                lambda request, object_id, profile_id: why_view.why(request, self, object_id, profile_id),
            ),
        }
        ours = [
            path(route, self.admin_site.admin_view(view), name=f"segments_segment_{name}")
            for name, (route, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return list_view.segment_list(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra: dict[str, Any] | None = None
    ) -> HttpResponse:
        return page_view.segment_page(request, self, object_id)

    def history_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        """The history of a segment is in its versions, on its page."""
        return page_view.segment_page(request, self, object_id)

    def add_view(self, request: HttpRequest, _form_url: str = "", _extra: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return builder.form_page(request, self, None)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The builder of an existing segment."""
        segment = views.found(object_id)
        if not self.has_change_permission(request, segment):
            raise PermissionDenied
        return builder.form_page(request, self, segment)

    def delete_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return views.delete(request, self, object_id)
