"""The page on which a rule is written: the form, and what saving it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from segments import drafts, reading, rule_tests, rules
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.forms import SegmentForm, TestsForm
from segments.models import Segment, SegmentDraft, SegmentVersion
from segments.review import submit
from segments.review_views import in_words
from segments.rule_tests import Expected, FailedTestsError, Result
from segments.views import may_see_people


@dataclass(frozen=True)
class TestRow:
    """A rule test in the form. `said` is what it gave when the rule was refused."""

    face: Face
    inside: bool
    said: str = ""


def form_page(request: HttpRequest, model_admin: ModelAdmin[Segment], segment: Segment | None) -> HttpResponse:
    """The form of a new segment (None) or of an existing one; published, it leads to the segment's page.

    It begins with the draft, if there is one. `?live` begins with the rule that is live, `?version=3` with the rule of
    that version, `?rule=`, `?name=` and `?description=` a new segment with these.
    """
    earlier, draft = _earlier(request, segment), drafts.of(segment)
    opened = None if earlier or "live" in request.GET else draft
    form = SegmentForm(request.POST or None, instance=segment, initial=_initial(request, segment, earlier, opened))
    tests = TestsForm(request.POST if request.method == "POST" else QueryDict(), prefix="")
    failed: list[Result] = []
    if request.method == "POST" and all([form.is_valid(), tests.is_valid()]):
        try:
            return _save(form, tests.cleaned_data["wanted"] if may_see_people(request) else None, request)
        except FailedTestsError as error:
            failed = error.failed
            form.add_error("rule", error.message)
        except RuleError as error:
            form.add_error("rule", error.message)
    sent = tests.rows() if "tests_shown" in request.POST else None
    wanted = rule_tests.expected(segment) if sent is None and segment else sent or {}
    context = model_admin.admin_site.each_context(request) | {
        "title": _("Edit segment") if segment else _("New segment"),
        "form": form,
        "segment": segment,
        "earlier": earlier,
        "draft": draft,
        "opened": opened,
        "tests": _rows(wanted, failed) if may_see_people(request) else None,
        "tests_form": tests,
        "is_fullwidth": "1",
    }
    return TemplateResponse(request, "segments/form.html", context)


def _initial(
    request: HttpRequest, segment: Segment | None, earlier: SegmentVersion | None, opened: SegmentDraft | None
) -> dict[str, Any] | None:
    if earlier:
        return {"rule": earlier.rule}
    if opened:
        return {"rule": opened.rule, "seen": opened.saved_at.isoformat()}
    return None if segment else _begun(request)


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


def _rows(wanted: Expected, failed: Iterable[Result]) -> list[TestRow]:
    said: Mapping[int, str] = {result.profile_id: in_words(result) for result in failed}
    known = faces(wanted)
    return [TestRow(known[pk], inside, said.get(pk, "")) for pk, inside in wanted.items()]


def _save(form: SegmentForm, wanted: Expected | None, request: HttpRequest) -> HttpResponse:
    """Keep a draft, publish, or only rename. RuleError: nothing was done. `wanted` None: the tests stay as they are."""
    author = request.user if isinstance(request.user, User) else None
    segment, rule, seen = form.instance, form.cleaned_data["rule"], form.cleaned_data["seen"]
    made = not segment.pk
    with transaction.atomic():
        if not made:
            # Not what the refresher writes, which may be newer than what was read here.
            segment.save(update_fields=["name", "description"])
        elif not form.drafting and (failed := rule_tests.failures(rule, wanted or {})):
            raise FailedTestsError(failed)
        if not made and wanted is not None:
            rule_tests.replace(segment, wanted, author)
        if form.drafting:
            drafts.save(segment, rule, author, seen)
            published = False
        else:
            published = not form.publishes or submit(segment, rule, author, seen)
            if published and seen:
                SegmentDraft.objects.filter(segment=segment, saved_at=seen).delete()
        if made:
            rule_tests.replace(segment, wanted or {}, author)
    if published:
        return redirect("admin:segments_segment_change", segment.pk)
    if form.drafting:
        messages.success(request, _("The draft is saved. Nobody enters or leaves until it is published."))
    else:
        messages.info(request, _("Nothing is published yet: a second person must agree."))
    # Its page says how the rule tests go, and what is missing.
    return redirect("admin:segments_segment_draft", segment.pk)
