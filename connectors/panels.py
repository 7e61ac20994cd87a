"""What connections show on the page of a person: their records in other systems, and their deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from connectors.adapters import adapters
from connectors.models import Conflict, DeadLetter, Deal, Link
from profiles.models import Profile
from profiles.panels import Chip, Panel, register

# As many as are listed.
LISTED = 50


@dataclass(frozen=True)
class Record:
    """Somebody's record in another system. `url` is empty when it cannot be opened."""

    link: Link
    label: str | Promise
    url: str
    owner: str
    moved_at: datetime | None
    conflicts: list[Conflict]
    letter: DeadLetter | None


def context(person: Profile, request: HttpRequest) -> dict[str, Any]:
    """Four queries, however many records and deals there are."""
    links = list(Link.objects.filter(profile_id=person.pk).select_related("connection").order_by("id")[:LISTED])
    conflicts: dict[int, list[Conflict]] = {}
    for conflict in Conflict.objects.filter(link__in=links, seen_at=None).order_by("-id"):
        conflicts.setdefault(conflict.link_id, []).append(conflict)
    letters = {each.link_id: each for each in DeadLetter.objects.filter(link__in=links, resolved_at=None)}
    deals = Deal.objects.filter(profile_id=person.pk).select_related("connection", "account")[:LISTED]
    return {
        "records": [_record(link, conflicts.get(link.pk, []), letters.get(link.pk)) for link in links],
        "deals": list(deals),
        "may_see_connections": request.user.has_perm("connectors.view_connection"),
    }


def _record(link: Link, conflicts: list[Conflict], letter: DeadLetter | None) -> Record:
    kind = adapters().get(link.connection.adapter)
    labels = {each.key: each.label for each in kind.objects} if kind else {}
    moments = [moment for moment in (link.pulled_at, link.pushed_at) if moment]
    return Record(
        link=link,
        label=labels.get(link.object, link.object),
        # An address from outside is a link only if a browser would open a page with it.
        url=link.url if link.url.startswith(("http://", "https://")) else "",
        owner=str(link.shadow.get("owner") or ""),
        moved_at=max(moments, default=None),
        conflicts=conflicts,
        letter=letter,
    )


def chips(person: Profile) -> list[Chip]:
    """Beside the name: what is on the table. One query."""
    count = Deal.objects.filter(profile_id=person.pk, status=Deal.Status.OPEN).count()
    return [Chip(str(_("Open deals")), str(count), "info")] if count else []


register(Panel("crm", _("CRM"), "connectors/panel.html", context, 35, "handshake", "connectors.view_deal", chips))
