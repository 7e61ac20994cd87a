"""What needs somebody: failed, stale, quarantined. Nothing to say is good news, and the page says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cdp_site.dashboard.addresses import page
from cdp_site.dashboard.syncs import BROKEN, troubled
from cdp_site.health import WORKER
from cdp_site.schedule import BEAT
from connectors.models import Connection, DeadLetter
from profiles.directory import COUNTED
from profiles.locks import is_held
from profiles.plots import number
from scoring.models import ScoreModel
from segments.models import Clock, Segment, SegmentDraft, SizeAlert, Verification
from tracking.models import Inbox, Overflow, Quarantine

# What is accepted should be applied within seconds; after a minute something is wrong.
LATE = timedelta(minutes=1)
# Beat refreshes every minute for the clock; several in a row were missed.
STALE = timedelta(minutes=10)
# Scores are computed anew every night.
STALE_SCORES = timedelta(hours=36)
_NAMED = 3


@dataclass(frozen=True)
class Item:
    """Something to look at. `tone` is "bad" (broken) or "warn" (worth a look); `since` may be unknown."""

    tone: str
    icon: str
    title: str
    detail: str | Promise
    link: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Intake:
    """Whether what comes in is applied: the worker, and what waits for it."""

    alive: bool
    oldest: datetime | None
    backlog: int

    @property
    def late(self) -> bool:
        return self.oldest is not None and timezone.now() - self.oldest > LATE


def intake() -> Intake:
    """Three queries; the backlog is counted up to COUNTED."""
    oldest = Inbox.objects.order_by("pk").values_list("received_at", flat=True).first()
    backlog = Inbox.objects.values("pk")[:COUNTED].count() if oldest else 0
    return Intake(is_held(WORKER), oldest, backlog)


def attention(request: HttpRequest, taking_in: Intake) -> list[Item]:
    """What is broken first, then what is worth a look; only what this person may open."""
    may = request.user.has_perm
    found: list[Item] = []
    if may("tracking.view_quarantine"):
        found += [*_processes(taking_in), *_quarantined()]
    if may("connectors.view_connection"):
        found += _connections()
    if may("segments.view_segment"):
        found += _segments()
    if may("scoring.view_scoremodel"):
        found += _scores()
    return sorted(found, key=lambda item: item.tone != "bad")


def _processes(taking_in: Intake) -> Iterator[Item]:
    waiting = ngettext("%(count)s request waits.", "%(count)s requests wait.", taking_in.backlog) % {
        "count": number(taking_in.backlog)
    }
    if not taking_in.alive:
        said = _("What arrives is kept safely and applied as soon as it runs.")
        detail = f"{waiting} {said}" if taking_in.backlog else said
        yield Item("bad", "engineering", _("The worker does not run"), detail, since=taking_in.oldest)
    elif taking_in.late:
        yield Item("warn", "hourglass_top", _("The worker is behind"), waiting, since=taking_in.oldest)
    if not is_held(BEAT):
        detail = _("Syncs, scores and nightly checks do not start by themselves.")
        yield Item("bad", "schedule", _("Scheduled tasks do not run"), detail)


def _quarantined() -> Iterator[Item]:
    """Counted up to COUNTED: a quarantine may be full of a flood."""
    waiting = Quarantine.objects.filter(replayed_at__isnull=True).order_by("-pk")
    messages = waiting.values("pk")[:COUNTED].count()
    link = page(Quarantine)
    if messages:
        title = ngettext(
            "%(count)s message in quarantine", "%(count)s messages in quarantine", messages
        ) % {"count": number(messages)}  # fmt: skip
        newest = waiting.values_list("received_at", flat=True).first()
        yield Item("warn", "report", title, _("They could not be applied; each says why."), link, newest)
    full = Overflow.objects.filter(messages__gt=0).aggregate(messages=Sum("messages"), last=Max("last_at"))
    if full["messages"]:
        title = ngettext(
            "%(count)s refused message was not kept", "%(count)s refused messages were not kept", full["messages"]
        ) % {"count": number(full["messages"])}  # fmt: skip
        yield Item("bad", "delete_sweep", title, _("The quarantine of its source is full."), link, full["last"])


def _segments() -> Iterator[Item]:
    link = page(Segment)
    broken = list(Segment.objects.filter(state=Segment.State.BROKEN).order_by("name"))
    for segment in broken[:_NAMED]:
        title = _("“%(name)s” is broken") % {"name": segment.name}
        detail = _("Its members are frozen: %(why)s") % {"why": segment.error}
        page_ = page(Segment, "change", segment.pk)
        yield Item("bad", "donut_small", title, detail, page_, segment.computed_at)
    if len(broken) > _NAMED:
        title = ngettext(
            "%(count)s more segment is broken", "%(count)s more segments are broken", len(broken) - _NAMED
        ) % {"count": len(broken) - _NAMED}  # fmt: skip
        yield Item("bad", "donut_small", title, _("Their members are frozen."), f"{link}?state=broken")
    yield from _moved()
    clock = Clock.objects.values_list("at", flat=True).first()
    if clock and timezone.now() - clock > STALE:
        yield Item("warn", "update", _("Segments are not up to date"), _("The refresh did not run."), link, clock)
    checked = Verification.objects.first()
    if checked and checked.differences:
        detail = _("The nightly check found other members than were kept; it has put them right.")
        yield Item("warn", "rule", _("A check of segments found differences"), detail, link, checked.at)


def _moved() -> Iterator[Item]:
    """Sizes that jumped and nobody has seen, and rules that wait for a second person."""
    for alert in SizeAlert.objects.filter(seen_at__isnull=True).select_related("segment")[:_NAMED]:
        title = _("The size of “%(name)s” jumped") % {"name": alert.segment.name}
        detail = _("From %(before)s to %(after)s within a day.") % {
            "before": number(alert.before),
            "after": number(alert.after),
        }
        yield Item("warn", "trending_up", title, detail, page(Segment, "change", alert.segment_id), alert.at)
    for draft in SegmentDraft.objects.filter(asked_at__isnull=False).select_related("segment")[:_NAMED]:
        title = _("“%(name)s” waits for a second person") % {"name": draft.segment.name}
        detail = _("So many people would move that one more has to agree.")
        yield Item("warn", "how_to_reg", title, detail, page(Segment, "draft", draft.segment_id), draft.asked_at)


def _connections() -> Iterator[Item]:
    for connection in troubled()[:_NAMED]:
        page_ = page(Connection, "change", connection.pk)
        if connection.state in BROKEN:
            title = f"{connection.name}: {connection.get_state_display()}"
            detail = connection.words or _("Nothing is read and nothing written.")
            yield Item("bad", "sync_problem", title, detail, page_)
        elif connection.state == Connection.State.PAUSED:
            detail = connection.words or _("Nothing is read and nothing written until it goes on.")
            yield Item("warn", "pause_circle", _("%(name)s is paused") % {"name": connection.name}, detail, page_)
        else:
            title = _("%(name)s: the mapping needs a look") % {"name": connection.name}
            yield Item("warn", "rule_settings", title, str(connection.problems[0]), page_, connection.checked_at)
    yield from _dead_letters()


def _dead_letters() -> Iterator[Item]:
    waiting = DeadLetter.objects.filter(resolved_at__isnull=True).values("connection", "connection__name")
    for row in waiting.annotate(letters=Count("pk"), oldest=Min("created_at")).order_by("-letters")[:_NAMED]:
        title = ngettext(
            "%(name)s: %(count)s record was refused", "%(name)s: %(count)s records were refused", row["letters"]
        ) % {"count": number(row["letters"]), "name": row["connection__name"]}  # fmt: skip
        page_ = page(Connection, "change", row["connection"])
        yield Item("warn", "unsubscribe", title, _("Each says why, and can be tried again."), page_, row["oldest"])


def _scores() -> Iterator[Item]:
    now = timezone.now()
    never = Q(computed_at__isnull=True, created_at__lt=now - STALE)
    late = Q(computed_at__lt=now - STALE_SCORES) | never
    for model in ScoreModel.objects.filter(~Q(error="") | late, enabled=True).order_by("name")[:_NAMED]:
        page_, since = page(ScoreModel, "change", model.pk), model.computed_at
        if model.error:
            title = _("The score “%(name)s” is frozen") % {"name": model.name}
            yield Item("bad", "speed", title, model.error, page_, since)
        else:
            title, detail = _("The score “%(name)s” is old"), _("It was not computed when it should have been.")
            yield Item("warn", "speed", title % {"name": model.name}, detail, page_, since)
