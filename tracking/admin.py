"""The quarantine in the admin: what could not be applied, why, and once more after a fix."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.paginator import InfinitePaginator

from profiles.admin import ReadOnly
from profiles.refusals import Reason
from tracking import panels
from tracking.models import Overflow, Quarantine
from tracking.quarantine import replay

__all__ = ["QuarantineAdmin", "panels"]


class ReasonFilter(admin.SimpleListFilter):
    """By why it was refused, in words."""

    title = _("reason")
    parameter_name = "reason"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, label) for code, label in Reason.choices]

    def queryset(self, _request: HttpRequest, found: QuerySet[Quarantine]) -> QuerySet[Quarantine]:
        return found.filter(reason=self.value()) if self.value() else found


class ReplayedFilter(admin.SimpleListFilter):
    """Waiting, or put through again already."""

    title = _("state")
    parameter_name = "replayed"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("waiting")), ("yes", _("replayed"))]

    def queryset(self, _request: HttpRequest, found: QuerySet[Quarantine]) -> QuerySet[Quarantine]:
        return found.filter(replayed_at__isnull=self.value() == "no") if self.value() else found


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnly):
    """Read only: a message stays as it came. Replaying needs the permission to change."""

    list_display = ("reason_label", "detail_short", "source", "received_at", "state")
    list_display_links = ("reason_label",)
    list_filter = (ReasonFilter, "source", ReplayedFilter)
    list_select_related = ("source",)
    list_before_template = "tracking/quarantine_counts.html"
    change_form_outer_before_template = "tracking/quarantine_replay.html"
    fields = ("reason_label", "detail", "source", "received_at", "replayed_at", "payload_pretty")
    readonly_fields = ("reason_label", "payload_pretty")
    actions = ("replay_selected",)
    paginator = InfinitePaginator
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quarantine]:
        """Payloads may be half a megabyte each: the list leaves them where they are."""
        found: QuerySet[Quarantine] = super().get_queryset(request)
        return found if request.resolver_match and request.resolver_match.kwargs else found.defer("payload")

    def get_urls(self) -> list[URLPattern]:
        again = path("<int:pk>/replay/", self.admin_site.admin_view(self.replay_one), name="tracking_quarantine_replay")
        return [again, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        waiting = Quarantine.objects.filter(replayed_at__isnull=True)
        counts = waiting.order_by().values("reason").annotate(messages=Count("pk")).order_by("-messages")
        context = {
            "counts": [(row["reason"], _label(row["reason"]), row["messages"]) for row in counts],
            "overflows": list(Overflow.objects.filter(messages__gt=0).select_related("source")),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("tracking.change_quarantine"))

    @admin.action(description=_("Replay"), permissions=["replay"])
    def replay_selected(self, request: HttpRequest, chosen: QuerySet[Quarantine]) -> None:
        count = replay(chosen)
        said = ngettext("%d message is on its way again.", "%d messages are on their way again.", count)
        messages.success(request, said % count)

    def replay_one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One message, from its page."""
        if request.method != "POST" or not self.has_replay_permission(request):
            raise PermissionDenied
        if replay([get_object_or_404(Quarantine, pk=pk)]):
            messages.success(request, _("The message is on its way again. If it is refused once more, it comes back."))
        else:
            messages.warning(request, _("This message was replayed already."))
        return redirect("admin:tracking_quarantine_changelist")

    @admin.display(description=_("reason"), ordering="reason")
    def reason_label(self, row: Quarantine) -> str:
        return _label(row.reason)

    @admin.display(description=_("detail"))
    def detail_short(self, row: Quarantine) -> str:
        return row.detail if len(row.detail) <= 80 else row.detail[:79] + "…"

    @admin.display(description=_("state"))
    def state(self, row: Quarantine) -> str:
        tone, words = ("good", _("replayed")) if row.replayed_at else ("warn", _("waiting"))
        return format_html('<span class="k-chip k-{}">{}</span>', tone, words)

    @admin.display(description=_("as it came"))
    def payload_pretty(self, row: Quarantine) -> str:
        return format_html('<pre class="k-code">{}</pre>', _readable(bytes(row.payload)))


def _label(reason: str) -> str:
    label = dict(Reason.choices).get(reason, reason)
    return str(label)[:1].upper() + str(label)[1:]


def _readable(payload: bytes) -> str:
    """The JSON, indented; what is no JSON as it stands, with what is no text made visible."""
    try:
        return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return payload.decode(errors="backslashreplace")
