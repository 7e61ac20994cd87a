"""The pages about accounts: the list, and one page for each with the people who belong to it. Both only read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from profiles import seek
from profiles.account_figures import Figures, figures
from profiles.models import Account, AccountMember, Profile, ProfileStat

PAGE = 50
_NOBODY = Figures()


def account_list(request: HttpRequest, model_admin: ModelAdmin[Account]) -> HttpResponse:
    """Accounts, the newest first; `?q=` finds them by name or key, `?below=` turns the page."""
    _must_see(request, model_admin)
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    below = request.GET.get("below", "")
    accounts = Account.objects.order_by("-pk")
    if text:
        accounts = accounts.filter(Q(name__icontains=text) | Q(key__icontains=text))
    if below.isdecimal() and len(below) < 19:
        accounts = accounts.filter(pk__lt=int(below))
    found = list(accounts[: PAGE + 1])
    shown = found[:PAGE]
    known = figures([account.pk for account in shown])
    older = {"q": text, "below": str(shown[-1].pk)} if len(found) > PAGE else {}
    context = _frame(request, model_admin) | {
        "title": _("Accounts"),
        "text": text,
        "rows": [(account, known.get(account.pk, _NOBODY)) for account in shown],
        "older": urlencode({name: value for name, value in older.items() if value}),
        "turned": bool(below),
    }
    return TemplateResponse(request, "profiles/accounts.html", context)


def account_page(request: HttpRequest, model_admin: ModelAdmin[Account], object_id: str) -> HttpResponse:
    """One account: its figures, what is known of it, and its people."""
    _must_see(request, model_admin)
    known = object_id.isdecimal() and len(object_id) < 19
    account = Account.objects.filter(pk=int(object_id)).first() if known else None
    if account is None:
        raise Http404
    may_see_people = bool(request.user.has_perm("profiles.view_profile"))
    above = request.GET.get("above", "")
    members = AccountMember.objects.filter(account=account).order_by("profile_id")
    if above.isdecimal() and len(above) < 19:
        members = members.filter(profile_id__gt=int(above))
    belong = list(members[: PAGE + 1]) if may_see_people else []
    shown = belong[:PAGE]
    context = _frame(request, model_admin) | {
        "title": _("Account"),
        "account": account,
        "figures": figures([account.pk]).get(account.pk, _NOBODY),
        "may_see_people": may_see_people,
        "members": _people(shown),
        "more": shown[-1].profile_id if len(belong) > PAGE else None,
    }
    return TemplateResponse(request, "profiles/account.html", context)


@dataclass(frozen=True)
class Row:
    """Somebody who belongs to the account."""

    id: int
    name: str
    email: str
    since: datetime
    last_seen: datetime | None


def _people(members: Sequence[AccountMember]) -> list[Row]:
    """Three queries."""
    ids = [each.profile_id for each in members]
    people, stats = Profile.objects.in_bulk(ids), ProfileStat.objects.in_bulk(ids)
    emails = seek.first_values(ids, "email")
    return [
        Row(
            id=each.profile_id,
            name=people[each.profile_id].name,
            email=str(people[each.profile_id].traits.get("email") or emails.get(each.profile_id, "")),
            since=each.since,
            last_seen=stats[each.profile_id].last_seen if each.profile_id in stats else None,
        )
        for each in members
        if each.profile_id in people
    ]


def _frame(request: HttpRequest, model_admin: ModelAdmin[Any]) -> dict[str, Any]:
    return dict(model_admin.admin_site.each_context(request))


def _must_see(request: HttpRequest, model_admin: ModelAdmin[Account]) -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
