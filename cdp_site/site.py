"""Kith's admin site. Apart from admin.py, which declares models on it: the site must exist before they do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from cdp_site import home
from cdp_site.navigation import may_see_home
from tracking.views import web


class KithAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme has no types
    """The admin under Kith's name. Its first page is home, or the people for those who may see people only."""

    index_title = _("Home")
    index_template = "cdp_site/home.html"

    def get_urls(self) -> list[Any]:
        """The pages that are about no model of the registry (one with a composite key cannot be in it)."""
        return [path("web/", self.admin_view(web), name="web"), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The home page."""
        if not may_see_home(request):
            return redirect("admin:profiles_profile_changelist")
        if request.method == "POST":
            return home.put_steps_away(request)
        response: HttpResponse = super().index(request, home.overview(request) | (extra_context or {}))
        return response

    def app_index(
        self, _request: HttpRequest, _app_label: str, _extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our apps are rooms of the code; people find their way by the menu."""
        return redirect("admin:index")
