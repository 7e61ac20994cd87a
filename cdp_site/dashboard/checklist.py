"""The first steps: what a new Kith needs, each done when the data says so and not when somebody ticks it off."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cdp_site.dashboard.addresses import page
from connectors.models import Connection
from profiles.models import ProfileStat, Source
from segments.models import Segment
from tracking.models import Visit

# Who has seen them all done may put them away for good; remembered in the browser.
COOKIE = "kith_first_steps"
HIDDEN = "hidden"


@dataclass(frozen=True)
class Step:
    """One thing to do first, with the page where it is done."""

    done: bool
    title: str | Promise
    text: str | Promise
    link: str
    action: str | Promise
    permission: str


@dataclass(frozen=True)
class Checklist:
    """The steps in their order."""

    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def complete(self) -> bool:
        return self.done == len(self.steps)

    @property
    def next(self) -> Step | None:
        """The first that is left."""
        return next((step for step in self.steps if not step.done), None)


def checklist(request: HttpRequest) -> Checklist | None:
    """What is left to do, for who may do it; None when it was put away. Five looks for one row each."""
    if request.COOKIES.get(COOKIE) == HIDDEN:
        return None
    steps = [step for step in _steps() if request.user.has_perm(step.permission)]
    return Checklist(steps) if steps else None


def _steps() -> list[Step]:
    return [
        Step(
            Source.objects.exclude(kind=Source.Kind.HOUSE).exists(),
            _("Connect a source"),
            _("A website, an app or a server: each has a key of its own."),
            page(Source, "add"),
            _("Add a source"),
            "profiles.add_source",
        ),
        Step(
            ProfileStat.objects.exists(),
            _("Send the first event"),
            _("The page with the key shows a line to paste into a terminal."),
            page(Source),
            _("Open sources"),
            "profiles.view_source",
        ),
        Step(
            Visit.objects.exists(),
            _("Put the tracker on your site"),
            _("One line of HTML, and visits are counted with where they came from."),
            page(Source),
            _("Get the line"),
            "profiles.view_source",
        ),
        Step(
            Segment.objects.exists(),
            _("Build a segment"),
            _("Say who you are looking for; Kith keeps the list true."),
            page(Segment, "add"),
            _("Build a segment"),
            "segments.add_segment",
        ),
        Step(
            Connection.objects.exists(),
            _("Connect the CRM"),
            _("Contacts and deals come in; scores and segments go out."),
            page(Connection, "add"),
            _("Connect"),
            "connectors.add_connection",
        ),
    ]
