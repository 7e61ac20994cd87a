"""The sidebar and the command search: each person sees the sections that their role may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.dataclasses import SearchResult

from profiles import directory

COMMAND_RESULTS = 8


@dataclass(frozen=True)
class Item:
    """A line of the sidebar: the list of a model, for those who may view it."""

    label: Any
    icon: str
    model: str

    def allowed(self, request: HttpRequest) -> bool:
        """Whether this person may open it (and whether its app declares it in the admin)."""
        model_admin = admin.site._registry.get(apps.get_model(self.model))
        return model_admin is not None and model_admin.has_view_permission(request)

    def link(self) -> str:
        """The address of the list."""
        return reverse(f"admin:{self.model.lower().replace('.', '_')}_changelist")


@dataclass(frozen=True)
class Page(Item):
    """A line that leads to a page of its own, for those who may view the model that it is about."""

    name: str = ""

    def allowed(self, request: HttpRequest) -> bool:
        """Whether this person may view what the page is about."""
        app, _dot, model = self.model.lower().partition(".")
        return bool(request.user.has_perm(f"{app}.view_{model}"))

    def link(self) -> str:
        """The address of the page."""
        return reverse(f"admin:{self.name}")


SECTIONS: list[tuple[Any, list[Item]]] = [
    (
        _("Audience"),
        [
            Page(_("Sales"), "handshake", "scoring.Score", "sales"),
            Item(_("People"), "group", "profiles.Profile"),
            Item(_("Accounts"), "apartment", "profiles.Account"),
            Item(_("Segments"), "donut_small", "segments.Segment"),
            Item(_("Deals"), "request_quote", "connectors.Deal"),
            Item(_("Scores"), "speed", "scoring.ScoreModel"),
            Page(_("Web analytics"), "monitoring", "tracking.Visit", "web"),
        ],
    ),
    (
        _("Data"),
        [
            Item(_("Sources"), "input", "profiles.Source"),
            Item(_("Connections"), "cable", "connectors.Connection"),
            Item(_("Quarantine"), "report", "tracking.Quarantine"),
            Item(_("Traits"), "label", "profiles.Trait"),
            Item(_("Event types"), "bolt", "profiles.EventType"),
            Item(_("Identifier types"), "fingerprint", "profiles.IdentifierType"),
            Item(_("Merges"), "merge", "profiles.Merge"),
        ],
    ),
    (
        _("Settings"),
        [
            Item(_("Users"), "person", "auth.User"),
            Item(_("Roles"), "shield_person", "auth.Group"),
            Item(_("API tokens"), "key", "knox.AuthToken"),
            Item(_("Scheduled tasks"), "schedule", "django_celery_beat.PeriodicTask"),
        ],
    ),
]


# Who may see these alone works with people, and has nothing to do with how data comes in.
_ABOUT_PEOPLE = {"profiles.Profile", "profiles.Account", "connectors.Deal", "scoring.Score"}


def company(_request: HttpRequest) -> str:
    """Whose deployment this is."""
    return str(settings.COMPANY)


def may_see_home(request: HttpRequest) -> bool:
    """Whether the home page says anything to this person: it shows how data comes in and where it goes."""
    return any(item.allowed(request) for _title, items in SECTIONS for item in items if item.model not in _ABOUT_PEOPLE)


def may_see_sales(request: HttpRequest) -> bool:
    """Whether this person may see whom to talk to: people, and why they are hot or at risk."""
    return bool(request.user.has_perms(["profiles.view_profile", "scoring.view_score"]))


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar in the theme's form."""
    groups = [
        {
            "title": title,
            "separator": index > 0,
            "items": [
                {"title": item.label, "icon": item.icon, "link": item.link()} for item in items if item.allowed(request)
            ],
        }
        for index, (title, items) in enumerate(SECTIONS)
    ]
    if may_see_home(request):
        home = {"title": _("Home"), "icon": "space_dashboard", "link": reverse("admin:index")}
        groups[0]["items"].insert(0, home)
    return [group for group in groups if group["items"]]


def find_people(request: HttpRequest, text: str) -> list[SearchResult]:
    """People for the command search, by any identifier or by name."""
    if not request.user.has_perm("profiles.view_profile"):
        return []
    page = directory.page(directory.Query(text=text), size=COMMAND_RESULTS)
    return [
        SearchResult(
            title=row.name or row.email or str(_("Anonymous visitor")),
            description=f"{_('Person')} · {row.email or row.device or row.id}",
            link=reverse("admin:profiles_profile_change", args=[row.id]),
            icon="person",
        )
        for row in page.rows
    ]
