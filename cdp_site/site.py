"""Kith's admin site. Apart from admin.py, which declares models on it: the site must exist before they do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from cdp_site import home
from cdp_site.navigation import may_see_home, may_see_sales
from cdp_site.sales import sales_home
from tracking.views import web


class KithAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme has no types
    """The admin under Kith's name.

    Its first page is home; for those who may see people only, it is whom to talk to, or the people.
    """

    index_title = _("Home")
    index_template = "cdp_site/home.html"

    def get_urls(self) -> list[Any]:
        """The pages that are about no model of the registry (one with a composite key cannot be in it)."""
        ours = [
            path("web/", self.admin_view(web), name="web"),
            path("sales/", self.admin_view(self.sales), name="sales"),
        ]
        return [*ours, *super().get_urls()]

    def sales(self, request: HttpRequest) -> HttpResponse:
        """Whom to talk to: the first page of those who may see people and scores only."""
        return sales_home(request, self.each_context(request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The home page."""
        if not may_see_home(request):
            return redirect("admin:sales" if may_see_sales(request) else "admin:profiles_profile_changelist")
        if request.method == "POST":
            return home.put_steps_away(request)
        response: HttpResponse = super().index(request, home.overview(request) | (extra_context or {}))
        return response

    def app_index(
        self, _request: HttpRequest, _app_label: str, _extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our apps are rooms of the code; people find their way by the menu."""
        return redirect("admin:index")
