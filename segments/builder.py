"""The page on which a rule is written: the form, and what saving it does."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from segments import reading, rules
from segments.errors import RuleError
from segments.forms import SegmentForm
from segments.models import Segment, SegmentVersion
from segments.publish import publish


def form_page(request: HttpRequest, model_admin: ModelAdmin[Segment], segment: Segment | None) -> HttpResponse:
    """The form of a new segment (None) or of an existing one; saved, it leads to the segment's page.

    `?version=3` begins with the rule of that version, `?rule=`, `?name=` and `?description=` a new segment with these.
    """
    earlier = _earlier(request, segment)
    initial = {"rule": earlier.rule} if earlier else None if segment else _begun(request)
    form = SegmentForm(request.POST or None, instance=segment, initial=initial)
    if request.method == "POST" and form.is_valid() and _save(form, request):
        return redirect("admin:segments_segment_change", form.instance.pk)
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Edit segment") if segment else _("New segment"),
        "form": form,
        "segment": segment,
        "earlier": earlier,
        "is_fullwidth": "1",
    }
    return TemplateResponse(request, "segments/form.html", context)


def _earlier(request: HttpRequest, segment: Segment | None) -> SegmentVersion | None:
    number = request.GET.get("version", "")
    if segment is None or not number.isdecimal() or len(number) > 9:
        return None
    return segment.versions.filter(number=int(number)).exclude(number=segment.version).first()


def _begun(request: HttpRequest) -> dict[str, Any]:
    """What another page begins a new segment with. A rule that cannot be read is left out."""
    begun: dict[str, Any] = {
        key: request.GET.get(key, "").replace("\0", "")[:longest]
        for key, longest in (("name", 120), ("description", 500))
    }
    try:
        rule = reading.read(request.GET.get("rule", ""))
        rules.parse(rule)
    except RuleError:
        return begun
    return begun | {"rule": rule}


def _save(form: SegmentForm, request: HttpRequest) -> bool:
    """Publish, or only rename; False with the form's error when the rule cannot be published."""
    if not form.publishes:
        # Not what the refresher writes, which may be newer than what was read here.
        form.instance.save(update_fields=["name", "description"])
        return True
    try:
        publish(form.instance, form.cleaned_data["rule"], request.user if request.user.is_authenticated else None)
    except RuleError as error:
        form.add_error("rule", error.message)
        return False
    return True
