"""The page that says why somebody is in a segment, was in or is not: now or at a past moment, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin import ModelAdmin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from profiles.models import Profile
from segments import roster
from segments.errors import RuleError
from segments.explain import Explanation, explain
from segments.faces import faces
from segments.models import Membership, Override, Segment, SegmentVersion
from segments.moment import Moment
from segments.outlook import Outlook, outlook
from segments.views import found, frame, may_see_people, must_view

# Earlier stays of one person that are listed.
STAYS = 50


@dataclass(frozen=True)
class Answer:
    """What is known about one person and one segment at a moment. `outlook` is of now only.

    `inside` is what the rule says with what was decided by hand; `kept` is what the ledger has. Of the past, the
    ledger alone decides. Without an explanation `error` says why there is none.
    """

    inside: bool
    kept: bool
    explanation: Explanation | None = None
    outlook: Outlook | None = None
    error: str = ""

    @property
    def differs(self) -> bool:
        """Whether what the rule says is not what the ledger has."""
        asked = self.outlook.inside if self.outlook else self.explanation and self.explanation.rule.holds
        return self.explanation is not None and asked is not None and bool(asked) != self.kept


@dataclass(frozen=True)
class Spell:
    """From when to when they were in, with the conditions that flipped; `asked`: the moment of the page is in it."""

    row: Membership
    entered: tuple[str, ...]
    left: tuple[str, ...]
    asked: bool


def why(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str, profile_id: int) -> HttpResponse:
    """One person and one segment; `?at=`: at a past moment, by the rule of then."""
    must_view(request, model_admin)
    segment, person = found(object_id), Profile.objects.filter(pk=min(profile_id, 2**63 - 1)).first()
    if person is None or not may_see_people(request):
        raise Http404
    if person.merged_into:
        address = redirect("admin:segments_segment_why", segment.pk, person.survivor_id)
        if "at" in request.GET:
            address["Location"] += "?" + urlencode({"at": request.GET["at"]})
        return address
    moment = Moment.read(request.GET)
    answer = _answer(segment, person.pk, moment)
    context = frame(request, model_admin) | {
        "title": _("Why"),
        "segment": segment,
        "face": faces([person.pk])[person.pk],
        "moment": moment,
        "answer": answer,
        "version": _version(segment, answer),
        "override": _override(segment, person.pk, moment),
        "stays": _stays(segment, person.pk, moment),
    }
    return TemplateResponse(request, "segments/why.html", context)


def _answer(segment: Segment, profile_id: int, moment: Moment) -> Answer:
    ledger = Membership.objects.filter(segment=segment, profile_id=profile_id)
    if moment.at:
        kept = ledger.covering(moment.at).exists()
        try:
            return Answer(kept, kept, explain(segment, profile_id, moment.at))
        except RuleError as error:
            return Answer(kept, kept, error=error.message)
    kept = ledger.open().exists()
    try:
        explanation, coming = explain(segment, profile_id), outlook(segment, profile_id)
    except RuleError as error:
        return Answer(kept, kept, error=error.message)
    return Answer(coming.inside, kept, explanation, coming)


def _version(segment: Segment, answer: Answer) -> SegmentVersion | None:
    """The version whose rule was asked."""
    if answer.explanation is None:
        return None
    return segment.versions.select_related("author").filter(number=answer.explanation.version).first()


def _override(segment: Segment, profile_id: int, moment: Moment) -> Override | None:
    """What was decided by hand about this person and in force at the moment; "out" is obeyed before "in"."""
    at = moment.at or timezone.now()
    merged = Profile.objects.filter(merged_into=profile_id).values("pk")
    in_force = segment.overrides.filter(
        Q(profile_id=profile_id) | Q(profile_id__in=merged),
        Q(ended_at__isnull=True) | Q(ended_at__gt=at),
        Q(expires_at__isnull=True) | Q(expires_at__gt=at),
        created_at__lte=at,
    )
    return in_force.select_related("author").order_by("inside", "-pk").first()


def _stays(segment: Segment, profile_id: int, moment: Moment) -> list[Spell]:
    """The last first."""
    rows = list(Membership.objects.filter(segment=segment, profile_id=profile_id).order_by("-entered_at")[:STAYS])
    words = roster.leaf_words(leaf for row in rows for leaf in (*row.entered_leaves, *row.left_leaves))

    return [
        Spell(
            row,
            roster.because(row.entered_leaves, words),
            roster.because(row.left_leaves, words),
            moment.at is not None and _covers(row, moment.at),
        )
        for row in rows
    ]


def _covers(row: Membership, at: datetime) -> bool:
    return row.entered_at <= at and (row.left_at is None or row.left_at > at)
