"""People and their data in the admin: the two pages of people, sources with their keys, and what was learned."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from profiles import account_views, key_views, views
from profiles.forms import SourceForm
from profiles.models import Account, EventType, IdentifierType, Merge, Profile, Source, Trait


class ReadOnly(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """Looked at, never written: what the engine keeps."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(Profile)
class ProfileAdmin(ReadOnly):
    """People: our own list, paged by key, and the page of one person."""

    def changelist_view(self, request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return views.people(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra: dict[str, Any] | None = None
    ) -> HttpResponse:
        return views.person(request, self, object_id)

    def history_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        """The history of a person is the timeline on their page."""
        return views.person(request, self, object_id)


@admin.register(Account)
class AccountAdmin(ReadOnly):
    """Companies and households: our own list, and the page of one with its people."""

    def changelist_view(self, request: HttpRequest, _extra: dict[str, Any] | None = None) -> HttpResponse:
        return account_views.account_list(request, self)

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra: dict[str, Any] | None = None
    ) -> HttpResponse:
        return account_views.account_page(request, self, object_id)

    def history_view(self, request: HttpRequest, object_id: str, _extra: dict[str, Any] | None = None) -> HttpResponse:
        """What became of an account is on its page."""
        return account_views.account_page(request, self, object_id)


@admin.register(Source)
class SourceAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """Sources. A key is shown once, on the page that answers the request that made it."""

    form = SourceForm
    list_display = ("name", "kind_label", "key_hints", "is_enabled", "created_at")
    search_fields = ("name",)
    compressed_fields = True
    change_form_outer_before_template = "profiles/source_keys.html"
    fieldsets = (
        (None, {"fields": ("name", "kind", "enabled")}),
        (_("What it may say"), {"fields": ("precedence", "country", "purpose")}),
        (_("Limits"), {"fields": ("allowed_origins", "quarantine_quota")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        found: QuerySet[Source] = super().get_queryset(request)
        return found.prefetch_related("keys")

    def get_readonly_fields(self, _request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        """A public key does not become a secret one: the kind is chosen once."""
        return ("kind",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        rotate = path(
            "<int:source_id>/rotate/",
            self.admin_site.admin_view(lambda request, source_id: key_views.rotate(request, self, source_id)),
            name="profiles_source_rotate",
        )
        return [rotate, *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: Source, _post_url_continue: str | None = None) -> HttpResponse:
        return key_views.first_key(request, self, obj)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """What was said keeps the name of who said it: a source is switched off, not deleted."""
        return False

    @admin.display(description=_("kind"), ordering="kind")
    def kind_label(self, source: Source) -> str:
        return str(source.get_kind_display()).capitalize()

    @admin.display(description=_("on"), boolean=True, ordering="enabled")
    def is_enabled(self, source: Source) -> bool:
        return source.enabled

    @admin.display(description=_("keys"))
    def key_hints(self, source: Source) -> str:
        hints = [(str(key),) for key in source.keys.all()]
        return format_html_join(" ", '<span class="k-chip k-mono">{}</span>', hints)


@admin.register(Trait)
class TraitAdmin(ReadOnly):
    """Trait keys; how they are called may be changed."""

    list_display = ("key", "label", "type", "created_at")
    list_filter = ("type",)
    search_fields = ("key", "label")
    fields = ("key", "label", "type", "created_at")
    readonly_fields = ("key", "type", "created_at")

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return bool(request.user.has_perm("profiles.change_trait"))


@admin.register(EventType)
class EventTypeAdmin(ReadOnly):
    """Kinds of event."""

    list_display = ("name", "created_at")
    search_fields = ("name",)


@admin.register(IdentifierType)
class IdentifierTypeAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """By what people are recognised, and how far it is trusted."""

    list_display = ("__str__", "name", "rank", "limit", "unique", "movable", "case")
    ordering = ("rank",)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Identifiers of the type would lose their meaning."""
        return False

    def get_readonly_fields(self, _request: HttpRequest, obj: IdentifierType | None = None) -> tuple[str, ...]:
        """What is stored was normalised by these."""
        return ("name", "case") if obj else ()


@admin.register(Merge)
class MergeAdmin(ReadOnly):
    """Who turned out to be whom."""

    list_display = ("at", "survivor", "absorbed", "source")
    list_display_links = None
    list_select_related = ("source",)
    ordering = ("-id",)
    # The log of merges grows with the base: it is paged without counting it.
    paginator = InfinitePaginator
    show_full_result_count = False

    @admin.display(description=_("lives on as"))
    def survivor(self, merge: Merge) -> str:
        address = reverse("admin:profiles_profile_change", args=[merge.survivor_id])
        return format_html('<a class="k-link" href="{}">#{}</a>', address, merge.survivor_id)

    @admin.display(description=_("was"))
    def absorbed(self, merge: Merge) -> str:
        return f"#{merge.absorbed_id}"
