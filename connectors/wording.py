"""What goes on and what went wrong, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.adapters.base import Object
from connectors.faults import Fault, Kind
from connectors.mapping import LINK, SEGMENTS, Plan
from connectors.models import Connection, SyncRun
from connectors.ownership import Owner

Words = str | Promise

_RUNNING = {
    SyncRun.State.IDLE: gettext_lazy("About to start"),
    SyncRun.State.PREFLIGHT: gettext_lazy("Checking the fields"),
    SyncRun.State.PULLING: gettext_lazy("Reading"),
    SyncRun.State.RECONCILING: gettext_lazy("Comparing"),
    SyncRun.State.PUSHING: gettext_lazy("Writing"),
}


@dataclass(frozen=True)
class Advice:
    """What is the matter, what the other side said, and what to do about it. `link`: "credentials" or ""."""

    tone: str
    icon: str
    title: str
    said: str = ""
    todo: str = ""
    link: str = ""


def advice(connection: Connection, system: Words) -> Advice | None:
    """About a connection that does not work as it should; None when it does."""
    if connection.state == Connection.State.RECONNECT:
        return Advice(
            "bad",
            "key_off",
            _("%(system)s refused our credentials.") % {"system": system},
            connection.words,
            _("Make new ones there and enter them here. Nothing is lost: what waits is written afterwards."),
            "credentials",
        )
    if connection.state == Connection.State.PAUSED:
        return Advice(
            "warn", "pause_circle", _paused(connection, system), connection.words, _("Nothing is to be done.")
        )
    if connection.state == Connection.State.FAILED:
        return Advice(
            "bad",
            "error",
            _("%(system)s could not do what we asked.") % {"system": system},
            connection.words,
            _("It is tried again on schedule. If it stays like this, test the connection and look at its settings."),
        )
    return None


def _paused(connection: Connection, system: Words) -> str:
    until = connection.paused_until
    if until is None or until <= timezone.now():
        return _("%(system)s could not be reached for a while: it is tried again with the next run.") % {
            "system": system
        }
    local = timezone.localtime(until)
    when = date_format(local, "TIME_FORMAT" if local.date() == timezone.localdate() else "DATETIME_FORMAT")
    return _("%(system)s cannot be reached or takes no calls for now: it goes on by itself at %(when)s.") % {
        "system": system,
        "when": when,
    }


def refused(fault: Fault, system: Words) -> str:
    """A fault for whoever pressed a button: what happened, and what to do."""
    message = {
        Kind.AUTH: _("%(system)s refused our credentials: make new ones there and enter them here."),
        Kind.QUOTA: _("%(system)s takes no more calls for now: try again in a while."),
        Kind.TRANSIENT: _("%(system)s does not answer as it should: try again in a minute."),
        Kind.UNKNOWN: _("%(system)s did not answer in time: is the address right, and is it up?"),
        Kind.GONE: _("There is nothing at this address: check it."),
    }.get(fault.kind, _("%(system)s refused what we asked: check the settings.")) % {"system": system}
    return f"{message} “{fault.words}”" if fault.words else message


def activity(run: SyncRun, objects: dict[str, Object]) -> str:
    """A run under way: Reading contacts."""
    label = objects[run.object].label if run.object in objects else run.object
    state = _RUNNING.get(SyncRun.State(run.state), run.get_state_display())
    return f"{state} · {label}"


def promises(plan: Plan) -> list[str]:
    """What is read and what is written of an object, in plain words."""
    lines = [line for line in plan.lines if line.owner != Owner.OFF]
    read = [line.field.label for line in lines if line.owner != Owner.KITH]
    sent = [line for line in lines if line.owner != Owner.CRM]
    said = []
    if plan.object.kind == "deal":
        said.append(_("Reads every deal with its stage and amount; their moves become events of people."))
    elif plan.object.kind == "company":
        said.append(_("Reads companies, and who works there."))
    elif read:
        said.append(_("Reads %(fields)s.") % {"fields": _listed(read)})
    if plan.writes and sent:
        names = [_special(line.local) or line.field.label for line in sent]
        said.append(_("Writes %(fields)s.") % {"fields": _listed(names)})
    if plan.object.kind == "person":
        said.append(
            _("People whom Kith does not know yet are added.")
            if plan.create_here
            else _("People whom Kith does not know are left alone.")
        )
        said.append(
            _("Members of the segment “%(segment)s” who are not there are created there.")
            % {"segment": plan.create_there}
            if plan.create_there
            else _("Nobody is created there.")
        )
    return said


def _special(local: str) -> str:
    return {SEGMENTS: _("the names of their segments"), LINK: _("a link to their page in Kith")}.get(local, "")


def _listed(words: list[str]) -> str:
    return ", ".join(words)
