"""Connections and deals in the admin: it declares the addresses; *views.py draw the pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from connectors import edit_views, letter_views, panels, views
from connectors.models import Connection, Deal
from connectors.templatetags.connectors import amount, tone
from profiles.admin import ReadOnly
from profiles.templatetags.people import ago
from segments.faces import Face, faces

__all__ = ["ConnectionAdmin", "DealAdmin", "panels"]


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """The list, a page for each connection, its forms, and what its buttons do."""

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Any]] = {
            "progress": ("progress/", views.progress_json),
            "run": ("runs/<int:run_id>/", views.run_page),
            "do": ("do/", edit_views.do),
            "settings": ("settings/", edit_views.settings),
            "credentials": ("credentials/", edit_views.credentials),
            "fields": ("fields/", edit_views.fields),
            "conflicts": ("conflicts/", edit_views.conflicts),
            "letters": ("letters/", letter_views.retry_all),
            "letter": ("letters/<int:letter_id>/", letter_views.letter),
        }
        ours = [
            path(f"<str:object_id>/{route}", self._view(view), name=f"connectors_connection_{name}")
            for name, (route, view) in pages.items()
        ]
        return [*ours, *super().get_urls()]

    def _view(self, view: Any) -> Any:
        return self.admin_site.admin_view(lambda request, **kwargs: view(request, self, **kwargs))

    def changelist_view(self, request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return views.connection_list(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra: dict[str, Any] | None = None
    ) -> HttpResponse:
        return views.connection_page(request, self, object_id)

    def history_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        """The history of a connection is in its runs, on its page."""
        return views.connection_page(request, self, object_id)

    def add_view(self, request: HttpRequest, _form_url: str = "", _extra: dict[str, Any] | None = None) -> HttpResponse:
        return edit_views.add(request, self)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What was said keeps the name of who said it: a connection is stopped, not deleted."""
        return False


@admin.register(Deal)
class DealAdmin(ReadOnly):
    """Opportunities as the CRM has them."""

    list_display = ("title", "who", "account", "stage_chip", "worth", "owner", "expected", "changed")
    list_display_links = ("title",)
    list_filter = ("status", "connection")
    list_select_related = ("account", "connection")
    search_fields = ("name", "owner", "stage", "account__name")
    ordering = ("-updated_at", "-id")
    fields = (
        *("name", "who", "account", "stage_chip", "worth", "probability", "owner"),
        *("expected_on", "closed_at", "connection", "there", "created_at", "updated_at"),
    )
    readonly_fields = ("who", "stage_chip", "worth", "there")
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The names of a page's people in two queries, not two for each."""
        changelist: ChangeList = super().get_changelist_instance(request)
        known = faces(deal.profile_id for deal in changelist.result_list if deal.profile_id)
        for deal in changelist.result_list:
            deal.face = known.get(deal.profile_id)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Deal | None:
        deal: Deal | None = super().get_object(request, object_id, from_field)
        if deal is not None and deal.profile_id:
            deal.face = faces([deal.profile_id])[deal.profile_id]  # type: ignore[attr-defined]  # for `who`
        return deal

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deal]:
        found: QuerySet[Deal] = super().get_queryset(request)
        return found.select_related("account", "connection")

    @admin.display(description=_("deal"), ordering="name")
    def title(self, deal: Deal) -> str:
        return str(deal)

    @admin.display(description=_("person"))
    def who(self, deal: Deal) -> str | SafeString:
        face: Face | None = getattr(deal, "face", None)
        return format_html('<a class="k-link" href="{}">{}</a>', face.link, face.name) if face else "—"

    @admin.display(description=_("stage"), ordering="stage")
    def stage_chip(self, deal: Deal) -> str:
        return format_html('<span class="k-chip k-{}">{}</span>', tone(deal.status), deal.stage or deal.status)

    @admin.display(description=_("amount"), ordering="amount")
    def worth(self, deal: Deal) -> str:
        return amount(deal)

    @admin.display(description=_("expected on"), ordering="expected_on")
    def expected(self, deal: Deal) -> str:
        return date_format(deal.expected_on, "SHORT_DATE_FORMAT") if deal.expected_on else "—"

    @admin.display(description=_("last changed"), ordering="updated_at")
    def changed(self, deal: Deal) -> str:
        return ago(deal.updated_at)

    @admin.display(description=_("there"))
    def there(self, deal: Deal) -> str | SafeString:
        if not deal.url.startswith(("http://", "https://")):
            return deal.remote_id
        return format_html(
            '<a class="k-link" href="{}" target="_blank" rel="noopener">{}</a>', deal.url, _("Open it there")
        )
