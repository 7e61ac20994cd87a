"""The tabs of a person's page: what this app shows itself, and what other apps contribute.

An app contributes by calling `register` in its `panels.py`, which its `admin.py` imports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from profiles import provenance, recognition, timeline
from profiles.models import Profile


@dataclass(frozen=True)
class Chip:
    """A word beside the name of a person, which leads to the tab. `tone` is a class of kith.css without its k-."""

    label: str
    value: str
    tone: str = "quiet"


@dataclass(frozen=True)
class Panel:
    """A tab. `template` is rendered with `person` and with what `context` gives, in a fixed number of queries.

    `permission` ("app.codename") is what a person needs, beyond seeing people, to be shown the tab, and `chips`,
    what it says in few words beside the name. `stylesheet` is the path of a static file that the tab needs.
    """

    key: str
    label: str | Promise
    template: str
    context: Callable[[Profile, HttpRequest], dict[str, Any]]
    order: int = 100
    icon: str = "circle"
    permission: str = ""
    chips: Callable[[Profile], list[Chip]] | None = None
    stylesheet: str = ""


_panels: dict[str, Panel] = {}


def register(panel: Panel) -> Panel:
    """Add a tab; one of the same key is replaced."""
    _panels[panel.key] = panel
    return panel


def panels(request: HttpRequest) -> list[Panel]:
    """The tabs that this person may see, in the order in which they are shown."""
    allowed = (panel for panel in _panels.values() if not panel.permission or request.user.has_perm(panel.permission))
    return sorted(allowed, key=lambda panel: panel.order)


register(Panel("timeline", _("Timeline"), "profiles/panels/timeline.html", timeline.context, 10, "history"))
register(Panel("traits", _("Traits"), "profiles/panels/traits.html", provenance.context, 20, "label"))
register(
    Panel("identities", _("Identities"), "profiles/panels/identities.html", recognition.context, 40, "fingerprint")
)
