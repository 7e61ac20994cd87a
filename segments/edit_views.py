"""What is changed on a segment's page without another version of its rule: details, alerts seen, overrides."""

from __future__ import annotations

from datetime import datetime, time

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from segments import alerts, overrides
from segments.details import DetailsForm
from segments.errors import OverrideError
from segments.models import Override, Segment
from segments.views import found, may_see_people
from segments.windows import zone


def change_details(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Owner, tags and alert, from the form on the page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    segment = _changeable(request, model_admin, object_id, people=False)
    form = DetailsForm(request.POST, instance=segment, prefix="about")
    if form.is_valid():
        form.write()
        messages.success(request, _("Saved."))
    else:
        for field, errors in form.errors.items():
            messages.error(request, f"{form.fields[field].label}: {' '.join(map(str, errors))}")
    return redirect("admin:segments_segment_change", segment.pk)


def see_alerts(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Somebody has seen that the size jumped."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    segment = _changeable(request, model_admin, object_id, people=False)
    alerts.see(segment, _user(request))
    return redirect("admin:segments_segment_change", segment.pk)


def put(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Put somebody in, or keep them out: `profile`, `inside` (in or out), `reason`, `expires` (a day, or empty)."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    segment = _changeable(request, model_admin, object_id)
    inside = request.POST.get("inside") == "in"
    reason = request.POST.get("reason", "").replace("\0", "").strip()
    try:
        until = _until(request.POST.get("expires", ""))
        overrides.put(segment, _chosen(request), inside, reason=reason, author=_user(request), expires_at=until)
    except OverrideError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done: the members follow within seconds."))
    return _back(segment)


def end(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str, override_id: int) -> HttpResponse:
    """Let the rule decide again about somebody."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    segment = _changeable(request, model_admin, object_id)
    override = Override.objects.filter(segment=segment, pk=min(override_id, 2**63 - 1)).first()
    if override is None:
        raise Http404
    overrides.end(override, _user(request))
    messages.success(request, _("Ended: the rule decides again, within seconds."))
    return _back(segment)


def _changeable(
    request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str, *, people: bool = True
) -> Segment:
    segment = found(object_id)
    if not model_admin.has_change_permission(request, segment) or (people and not may_see_people(request)):
        raise PermissionDenied
    return segment


def _chosen(request: HttpRequest) -> int:
    """Whom it is about."""
    person = request.POST.get("profile", "")
    if not person.isdecimal() or len(person) > 18:
        raise OverrideError(_("Choose a person first."))
    if request.POST.get("inside") not in {"in", "out"}:
        raise OverrideError(_("Choose whether they are put in or kept out."))
    return int(person)


def _until(text: str) -> datetime | None:
    """The end of that day, in the project's time zone; None for no day."""
    if not text.strip():
        return None
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None or day.year > 9000:
        raise OverrideError(_("This is no day."))
    return datetime.combine(day, time.max.replace(microsecond=0), zone())


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _back(segment: Segment) -> HttpResponse:
    return redirect(f"{reverse('admin:segments_segment_change', args=[segment.pk])}?tab=overrides")
