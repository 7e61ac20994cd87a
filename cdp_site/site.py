"""Kith's admin site. Apart from admin.py, which declares models on it: the site must exist before they do."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from cdp_site import home
from cdp_site.navigation import may_see_home


class KithAdminSite(UnfoldAdminSite):  # type: ignore[misc]  # the theme has no types
    """The admin under Kith's name. Its first page is home, or the people for those who may see people only."""

    index_title = _("Home")
    index_template = "cdp_site/home.html"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The home page."""
        if not may_see_home(request):
            return redirect("admin:profiles_profile_changelist")
        response: HttpResponse = super().index(request, home.overview() | (extra_context or {}))
        return response

    def app_index(
        self, _request: HttpRequest, _app_label: str, _extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Our apps are rooms of the code; people find their way by the menu."""
        return redirect("admin:index")
