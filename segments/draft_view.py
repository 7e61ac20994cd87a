"""The page of a draft: what publishing it would do, and where a second person agrees."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from segments import drafts, rule_tests
from segments.answers import NAMED
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.followers import seen_by
from segments.models import Segment, SegmentDraft
from segments.outline import outline
from segments.preview import spread
from segments.review import Review, agree, decline, review, submit
from segments.review_views import above_in_words, in_words
from segments.views import found, frame, may_see_people
from segments.world import World


def draft_page(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """What a draft would do. POST `act`: publish, agree, decline or discard what was `seen`."""
    segment = found(object_id)
    if not model_admin.has_change_permission(request, segment):
        raise PermissionDenied
    draft = drafts.of(segment)
    if draft is None:
        return redirect("admin:segments_segment_change", segment.pk)
    if request.method == "POST" and (answer := _act(request, segment, draft)):
        return answer
    # Whoever was refused sees what is there now.
    draft = drafts.of(segment)
    if draft is None:
        return redirect("admin:segments_segment_change", segment.pk)
    context = frame(request, model_admin) | {
        "title": _("Draft"),
        "segment": segment,
        "draft": draft,
        "outline": outline(draft.rule, World.now()),
        "overtaken": segment.version > draft.base,
        "waits_for_me": draft.asked_at and draft.author_id != request.user.pk,
        **_reviewed(request, segment, draft),
    }
    return TemplateResponse(request, "segments/draft.html", context)


def _act(request: HttpRequest, segment: Segment, draft: SegmentDraft) -> HttpResponse | None:
    """Do what was asked; None, with a message, where that is refused."""
    act, user = request.POST.get("act"), request.user
    try:
        seen = parse_datetime(request.POST.get("seen", ""))
        if not isinstance(user, User):
            raise PermissionDenied
        if act == "agree":
            agree(segment, user, seen)
        elif act == "publish":
            if draft.saved_at != seen:
                raise drafts.OvertakenError("", _changed())
            _publish(segment, draft, user, request)
        elif act == "decline":
            decline(segment)
            messages.info(request, _("Nothing is published: it is a draft again."))
        elif act == "discard":
            drafts.discard(segment)
            messages.success(request, _("The draft is discarded."))
            if not segment.version:
                return redirect("admin:segments_segment_changelist")
            return redirect("admin:segments_segment_change", segment.pk)
    except (RuleError, ValueError) as error:
        messages.error(request, getattr(error, "message", "") or _changed())
        return None
    # To the segment when it is published, else back here.
    return redirect("admin:segments_segment_draft", segment.pk)


def _changed() -> str:
    return _("The draft was changed meanwhile: look at it again.")


def _publish(segment: Segment, draft: SegmentDraft, user: User, request: HttpRequest) -> None:
    """In the name of who presses: another author may have written it."""
    if not submit(segment, draft.rule, user, draft.saved_at):
        messages.info(request, _("Nothing is published yet: a second person must agree."))


def _reviewed(request: HttpRequest, segment: Segment, draft: SegmentDraft) -> dict[str, Any]:
    may_see = may_see_people(request)
    wanted = rule_tests.expected(segment)
    try:
        seen = review(segment, draft.rule, wanted)
    except RuleError as error:
        return {"error": error.message, "may_see_people": may_see}
    return {
        "review": seen,
        "followers": seen_by(request.user, seen.followers),
        "second": above_in_words() if seen.second else "",
        "enters": _movement(seen.preview.enters, may_see=may_see),
        "leaves": _movement(seen.preview.leaves, may_see=may_see),
        "failed": _failed(seen) if may_see else [],
        "failing": sum(not result.passed for result in seen.tests),
        "passing": sum(result.passed for result in seen.tests),
        "may_see_people": may_see,
    }


def _movement(people: BitMap64, *, may_see: bool) -> dict[str, Any]:
    named = list(faces(spread(people, NAMED)).values()) if may_see else []
    return {"count": len(people), "people": named, "more": len(people) - len(named)}


def _failed(seen: Review) -> list[tuple[Face, str]]:
    failed = [result for result in seen.tests if not result.passed]
    known = faces(result.profile_id for result in failed)
    return [(known[result.profile_id], in_words(result)) for result in failed]
