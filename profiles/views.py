"""The pages about people: the list, and one page for each of them. Both only read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from profiles import columns, directory, panels, seek
from profiles.models import AccountMember, Event, Profile, ProfileStat
from profiles.revenue import EARNS

_SEEN = (
    ("1", _("Seen in the last 24 hours")),
    ("7", _("Seen in the last 7 days")),
    ("30", _("Seen in the last 30 days")),
    ("90", _("Seen in the last 90 days")),
    ("-30", _("Not seen for 30 days")),
    ("-90", _("Not seen for 90 days")),
)


def people(request: HttpRequest, model_admin: ModelAdmin[Profile]) -> HttpResponse:
    """The list, one page of it."""
    _must_see(request, model_admin)
    query = directory.Query.read(request.GET.dict())
    page = directory.page(query)
    everybody = urlencode(query.params())
    context = _frame(request, model_admin) | {
        "title": _("People"),
        "query": query,
        "page": page,
        "columns": columns.columns(),
        "choices": directory.choices(),
        "seen_choices": _SEEN,
        "older": f"?{urlencode(query.params() | {'below': str(page.older)})}" if page.older else "",
        "newer": f"?{urlencode(query.params() | {'above': str(page.newer)})}" if page.newer else "",
        "newest": f"?{everybody}" if query.below or query.above else "",
    }
    return TemplateResponse(request, "profiles/people.html", context)


def person(request: HttpRequest, model_admin: ModelAdmin[Profile], object_id: str) -> HttpResponse:
    """One person; whoever was merged into somebody leads there. `?part` answers with the open tab alone."""
    _must_see(request, model_admin)
    found = Profile.objects.filter(pk=int(object_id)).first() if _is_id(object_id) else None
    if found is None:
        raise Http404
    if found.merged_into:
        return redirect("admin:profiles_profile_change", found.survivor_id)
    tabs = panels.panels(request)
    open_tab = next((tab for tab in tabs if tab.key == request.GET.get("tab")), tabs[0])
    context: dict[str, Any] = {"person": found, "tab": open_tab, **open_tab.context(found, request)}
    if "part" in request.GET:
        return TemplateResponse(request, open_tab.template, context)
    chips = [(tab.key, chip) for tab in tabs if tab.chips for chip in tab.chips(found)]
    context |= _frame(request, model_admin) | _header(found)
    context |= {"title": _("Person"), "tabs": tabs, "chips": chips}
    context["stylesheets"] = [tab.stylesheet for tab in tabs if tab.stylesheet]
    return TemplateResponse(request, "profiles/person.html", context)


def _header(found: Profile) -> dict[str, Any]:
    """Who it is, and the figures above the tabs."""
    memberships = AccountMember.objects.filter(profile_id=found.pk).select_related("account").order_by("since")
    return {
        "stat": ProfileStat.objects.filter(pk=found.pk).first(),
        "lifetime_value": _lifetime_value(found.pk),
        "email": found.traits.get("email") or seek.first_values([found.pk], "email").get(found.pk, ""),
        "phone": found.traits.get("phone") or seek.first_values([found.pk], "phone").get(found.pk, ""),
        "accounts": [membership.account for membership in memberships[:3]],
    }


def _lifetime_value(profile_id: int) -> int | None:
    """What this person's orders were worth, less refunds, in minor units; None without any order."""
    orders = Event.objects.filter(profile_id=profile_id, name__name__in=EARNS)
    worth: int | None = orders.aggregate(total=Sum("value"))["total"]
    return worth


def _frame(request: HttpRequest, model_admin: ModelAdmin[Profile]) -> dict[str, Any]:
    """What the theme's frame needs. Not `opts`: the theme would read our tabs as its own."""
    return model_admin.admin_site.each_context(request)


def _must_see(request: HttpRequest, model_admin: ModelAdmin[Profile]) -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
