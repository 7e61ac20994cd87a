"""The pages on which connections are made and changed, and the verbs behind their buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from kombu.exceptions import OperationalError

from connectors import connecting, remap, tasks
from connectors.adapters import adapters
from connectors.adapters.base import Adapter
from connectors.faults import Fault
from connectors.forms import ConnectForm, CredentialsForm, SettingsForm
from connectors.mapping import MappingError
from connectors.models import Conflict, Connection
from connectors.runs import ready
from connectors.views import found, frame, kind_of
from connectors.wording import advice, refused


@sensitive_post_parameters()
def add(request: HttpRequest, model_admin: ModelAdmin[Connection]) -> HttpResponse:
    """Connect a system: which one, where it is, what opens it. It is tested at once."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    known = adapters()
    key = request.GET.get("system") or next(iter(known), "")
    if key not in known:
        raise Http404
    kind = known[key]
    form = ConnectForm(kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        connection = connecting.connect(
            key,
            form.cleaned_data["name"],
            form.config(),
            form.secrets(),
            allow_private=form.cleaned_data["allow_private"],
            enabled=False,
        )
        model_admin.log_addition(request, connection, str(_("Connected.")))
        _test(request, connection, kind)
        return redirect("admin:connectors_connection_change", connection.pk)
    context = {
        "title": _("New connection"),
        "heading": _("Connect %(system)s") % {"system": kind.label},
        "lead": _("It begins with the usual fields, and stopped: read, look at a dry run, then start its schedule."),
        "systems": [(each.key, each.label) for each in known.values()],
        "system_key": key,
        "system": kind.label,
        "form": form,
        "action": _("Connect and test"),
    }
    return TemplateResponse(request, "connectors/form.html", frame(request, model_admin) | context)


def settings(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """Name, schedule, address."""
    connection, kind = _changed(request, model_admin, object_id)
    form = SettingsForm(connection, kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        model_admin.log_change(request, connection, str(_("Changed the settings.")))
        messages.success(request, _("The settings were saved."))
        return redirect("admin:connectors_connection_change", connection.pk)
    context = {
        "title": _("Settings"),
        "heading": _("Settings of %(name)s") % {"name": connection.name},
        "connection": connection,
        "system": kind.label,
        "form": form,
        "action": _("Save"),
    }
    return TemplateResponse(request, "connectors/form.html", frame(request, model_admin) | context)


@sensitive_post_parameters()
def credentials(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """New secrets instead of those of before, which nobody is shown; tested at once."""
    connection, kind = _changed(request, model_admin, object_id)
    form = CredentialsForm(kind, request.POST or None)
    if request.method == "POST" and form.is_valid():
        connecting.replace_credentials(connection, form.secrets())
        model_admin.log_change(request, connection, str(_("Replaced the credentials.")))
        _test(request, connection, kind)
        return redirect("admin:connectors_connection_change", connection.pk)
    context = {
        "title": _("Replace the credentials"),
        "heading": _("Credentials of %(name)s") % {"name": connection.name},
        "lead": _("Those of before are kept encrypted and shown to nobody. Make new ones there, and paste them here."),
        "connection": connection,
        "system": kind.label,
        "form": form,
        "action": _("Replace and test"),
    }
    response = TemplateResponse(request, "connectors/form.html", frame(request, model_admin) | context)
    response["Cache-Control"] = "no-store"
    return response


def fields(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """The form of the fields, sent."""
    connection, _kind = _posted(request, model_admin, object_id)
    try:
        if remap.remap(connection, request.POST.dict()):
            model_admin.log_change(request, connection, str(_("Changed the fields.")))
            messages.success(request, _("The fields were saved. Everything is compared anew with the next run."))
        else:
            messages.info(request, _("Nothing was changed."))
    except MappingError as error:
        messages.error(request, str(error))
    return _back(connection, "fields")


def conflicts(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """Somebody has looked at the conflicts up to one of them."""
    connection, _kind = _posted(request, model_admin, object_id)
    up_to = request.POST.get("up_to", "")
    if up_to.isdecimal() and len(up_to) < 19:
        unseen = Conflict.objects.filter(link__connection=connection, seen_at=None, pk__lte=int(up_to))
        unseen.update(seen_at=timezone.now())
    return _back(connection, "conflicts")


def do(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> HttpResponse:
    """A button of the page."""
    connection, kind = _posted(request, model_admin, object_id)
    verb = _VERBS.get(request.POST.get("do", ""))
    if verb is None:
        raise Http404
    verb(request, connection, kind)
    return _back(connection)


def _test(request: HttpRequest, connection: Connection, kind: type[Adapter]) -> None:
    try:
        words = connecting.test(connection)
    except Fault as fault:
        messages.error(request, refused(fault, kind.label))
    else:
        messages.success(request, _("%(system)s answers: %(words)s") % {"system": kind.label, "words": words})


def _switch(request: HttpRequest, connection: Connection, *, on: bool) -> None:
    connecting.switch(connection, on=on)
    messages.success(request, _("The schedule goes on.") if on else _("The schedule is stopped."))


def _begin(request: HttpRequest, connection: Connection, kind: type[Adapter], task: Any, **how: Any) -> None:
    """Hand it to the queue; or say why nothing would come of it."""
    if not ready(connection):
        matter = advice(connection, kind.label)
        messages.warning(request, f"{matter.title} {matter.todo}" if matter else _("The connection is not ready."))
        return
    try:
        task.apply_async((connection.pk,), how, retry=False)
    except OperationalError:
        messages.error(request, _("The queue of tasks does not answer: is everything running?"))
    else:
        messages.success(request, _("It starts within seconds. This page shows how far it is."))


_VERBS: dict[str, Callable[[HttpRequest, Connection, type[Adapter]], None]] = {
    "run": lambda request, connection, kind: _begin(request, connection, kind, tasks.sync),
    "read": lambda request, connection, kind: _begin(request, connection, kind, tasks.pull),
    "full": lambda request, connection, kind: _begin(request, connection, kind, tasks.resync),
    "dry": lambda request, connection, kind: _begin(request, connection, kind, tasks.preview, full=True),
    "test": _test,
    "stop": lambda request, connection, _kind: _switch(request, connection, on=False),
    "start": lambda request, connection, _kind: _switch(request, connection, on=True),
}


def _changed(
    request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str
) -> tuple[Connection, type[Adapter]]:
    """The connection that somebody may change, and its adapter; 404 for one whose adapter is gone."""
    connection = found(object_id)
    if not model_admin.has_change_permission(request, connection):
        raise PermissionDenied
    kind = kind_of(connection)
    if kind is None:
        raise Http404
    return connection, kind


def _posted(request: HttpRequest, model_admin: ModelAdmin[Connection], object_id: str) -> Any:
    if request.method != "POST":
        raise PermissionDenied
    return _changed(request, model_admin, object_id)


def _back(connection: Connection, tab: str = "") -> HttpResponse:
    response = redirect("admin:connectors_connection_change", connection.pk)
    if tab:
        response["Location"] += f"?tab={tab}"
    return response
