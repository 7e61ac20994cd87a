"""The pages of connections: the list, one page for each, and what moves on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from connectors import fields, wording
from connectors.adapters import adapters
from connectors.adapters.base import Adapter, Object
from connectors.mapping import MappingError, plans
from connectors.models import CallBudget, Conflict, Connection, DeadLetter, SyncRun
from connectors.overview import standing, standings
from segments.faces import faces

RUNS, LETTERS, CONFLICTS = 30, 50, 50


@dataclass(frozen=True)
class Tab:
    """A part of a connection's page. `figure` names the count of Standing that it shows."""

    key: str
    label: str | Promise
    icon: str
    context: Callable[[Connection, HttpRequest], dict[str, Any]]
    figure: str = ""


def connection_list(request: HttpRequest, model_admin: ModelAdmin[Connection]) -> HttpResponse:
    """Every connection with how it stands."""
    must_view(request, model_admin)
    context = frame(request, model_admin) | {
        "title": _("Connections"),
        "standings": standings(list(Connection.objects.all())),
        "may_add": model_admin.has_add_permission(request),
        "systems": [kind.label for kind in adapters().values()],
    }
    return TemplateResponse(request, "connectors/list.html", context)


def connection_page(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """One connection: how it stands, what it does, and a tab. `?part`: the open tab alone."""
    must_view(request, model_admin)
    connection = found(object_id)
    tab = next((tab for tab in _TABS if tab.key == request.GET.get("tab")), _TABS[0])
    may_change = model_admin.has_change_permission(request, connection)
    context: dict[str, Any] = {
        "connection": connection,
        "tab": tab,
        "may_change": may_change,
        "may_see_people": may_see_people(request),
        "objects": objects_of(connection),
        **tab.context(connection, request),
    }
    template = f"connectors/tabs/{tab.key}.html"
    if "part" in request.GET:
        return TemplateResponse(request, template, context)
    now = standing(connection)
    context |= frame(request, model_admin) | {
        "title": _("Connection"),
        "standing": now,
        "running": [_said(run, connection) for run in now.running],
        "last_done": _last_done(connection),
        "advice": wording.advice(connection, now.system),
        "promises": _promises(connection),
        "tabs": [(each, getattr(now, each.figure) if each.figure else 0) for each in _TABS],
        "template": template,
        "calls_today": CallBudget.objects.filter(pk=connection.pk).values_list("used", flat=True).first() or 0,
    }
    return TemplateResponse(request, "connectors/page.html", context)


def progress_json(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """`{"running": [{"words", "count", "share"}], "last": id}`: a page that finds another `last` loads anew."""
    must_view(request, model_admin)
    connection = found(object_id)
    under_way = SyncRun.objects.filter(connection=connection, finished_at=None).order_by("id")
    said = [_said(run, connection) for run in under_way]
    return JsonResponse({"running": said, "last": _last_done(connection)})


def run_page(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str, run_id: int) -> HttpResponse:
    """One run; of a dry run, what it would have written, field by field."""
    must_view(request, model_admin)
    connection = found(object_id)
    run = SyncRun.objects.filter(connection=connection, pk=run_id).first()
    if run is None:
        raise Http404
    samples = run.details.get("samples") or [] if may_see_people(request) else []
    context = frame(request, model_admin) | {
        "title": pgettext("of a connection", "Run"),
        "connection": connection,
        "run": run,
        "label": objects_of(connection).get(run.object),
        "samples": samples,
        "faces": faces(sample.get("profile_id") for sample in samples if sample.get("profile_id")),
        "may_see_people": may_see_people(request),
    }
    return TemplateResponse(request, "connectors/run.html", context)


def found(object_id: str) -> Connection:
    """The connection of that id, or 404."""
    known = object_id.isdecimal() and len(object_id) < 19
    connection = Connection.objects.filter(pk=int(object_id)).first() if known else None
    if connection is None:
        raise Http404
    return connection


def must_view(request: HttpRequest, model_admin: ModelAdmin[Connection]) -> None:
    """PermissionDenied for who may not look at connections."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def may_see_people(request: HttpRequest) -> bool:
    """Values of people are shown to those who may see people."""
    return bool(request.user.has_perm("profiles.view_profile"))


def may_see_letters(request: HttpRequest) -> bool:
    """What was refused is about people, and may hold more than their page shows."""
    return may_see_people(request) and bool(request.user.has_perm("connectors.view_deadletter"))


def may_change_letters(request: HttpRequest) -> bool:
    """Whoever works on what was refused need not be allowed to change the connection."""
    return may_see_letters(request) and bool(request.user.has_perm("connectors.change_deadletter"))


def frame(request: HttpRequest, model_admin: ModelAdmin[Any]) -> dict[str, Any]:
    """What the theme's frame needs. Not `opts`: the theme would read our tabs as its own."""
    return dict(model_admin.admin_site.each_context(request))


def kind_of(connection: Connection) -> type[Adapter] | None:
    """Its adapter; None when this installation no longer has it."""
    return adapters().get(connection.adapter)


def objects_of(connection: Connection) -> dict[str, Object]:
    """What the system has, by key."""
    kind = kind_of(connection)
    return {each.key: each for each in kind.objects} if kind else {}


def _last_done(connection: Connection) -> int:
    """The run that ended last, dry ones too; 0 before the first."""
    ended = SyncRun.objects.filter(connection=connection, finished_at__isnull=False)
    return ended.values_list("pk", flat=True).first() or 0


def _said(run: SyncRun, connection: Connection) -> dict[str, Any]:
    """A run under way, for people; `share` is 0 to 100, or None as long as nobody knows how many there are."""
    done = run.written + run.skipped + run.failed if run.direction == SyncRun.Direction.PUSH else run.read
    share = min(100, round(100 * done / run.total)) if run.total else None
    count = _("%(done)s of %(total)s") if run.total else "%(done)s"
    return {
        "words": wording.activity(run, objects_of(connection)),
        "count": count % {"done": f"{done:,}", "total": f"{run.total or 0:,}"},
        "share": share,
    }


def _promises(connection: Connection) -> list[tuple[Object, list[str]]]:
    try:
        return [(plan.object, wording.promises(plan)) for plan in plans(connection).values()]
    except (MappingError, KeyError):  # said on the tab of fields
        return []


def _runs(connection: Connection, request: HttpRequest) -> dict[str, Any]:
    before, everything = request.GET.get("before", ""), request.GET.get("show") == "all"
    runs = SyncRun.objects.filter(connection=connection)
    if not everything:
        # A run every minute that found nothing to do would hide those that did.
        did = Q(changed__gt=0) | Q(written__gt=0) | Q(failed__gt=0) | Q(dry_run=True) | Q(full=True)
        runs = runs.filter(did | ~Q(error="") | Q(finished_at=None))
    if before.isdecimal() and len(before) < 19:
        runs = runs.filter(pk__lt=int(before))
    rows = list(runs[: RUNS + 1])
    return {"runs": rows[:RUNS], "older": rows[RUNS - 1].pk if len(rows) > RUNS else None, "everything": everything}


def _letters(connection: Connection, request: HttpRequest) -> dict[str, Any]:
    if not may_see_letters(request):
        return {}
    waiting = DeadLetter.objects.filter(connection=connection, resolved_at=None).order_by("-id")
    rows = list(waiting[: LETTERS + 1])
    known = faces(row.profile_id for row in rows if row.profile_id)
    return {
        "letters": [(row, known.get(row.profile_id or 0)) for row in rows[:LETTERS]],
        "more": len(rows) > LETTERS,
        "may_see_letters": True,
        "may_change_letters": may_change_letters(request),
    }


def _conflicts(connection: Connection, request: HttpRequest) -> dict[str, Any]:
    if not may_see_people(request):
        return {}
    unseen = Conflict.objects.filter(link__connection=connection, seen_at=None).select_related("link").order_by("-id")
    rows = list(unseen[: CONFLICTS + 1])
    known = faces(row.profile_id for row in rows if row.profile_id)
    return {
        "conflicts": [(row, known.get(row.profile_id or 0)) for row in rows[:CONFLICTS]],
        "more": len(rows) > CONFLICTS,
    }


def _fields(connection: Connection, request: HttpRequest) -> dict[str, Any]:
    try:
        return {"tables": fields.tables(connection, samples=may_see_people(request)), "choices": fields.choices()}
    except MappingError as error:
        return {"broken": str(error)}


_TABS = [
    Tab("runs", gettext_lazy("Runs"), "sync", _runs),
    Tab("fields", gettext_lazy("Fields"), "compare_arrows", _fields),
    Tab("letters", gettext_lazy("Refused"), "unsubscribe", _letters, "letters"),
    Tab("conflicts", gettext_lazy("Conflicts"), "call_split", _conflicts, "conflicts"),
]
