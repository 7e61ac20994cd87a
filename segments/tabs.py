"""What the tabs of a segment's page show."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from segments import drafts, handmade, makeup, roster, rules
from segments.details import DetailsForm
from segments.differences import differences
from segments.errors import RuleError
from segments.followers import followers, seen_by
from segments.growth import LONG, growth
from segments.models import Cause, Segment
from segments.moment import Moment
from segments.outline import outline
from segments.views import may_see_people
from segments.world import World

VERSIONS = 50


def overview(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    """How the size went, the rule in words, what it reads, who reads it, what it costs, who looks after it."""
    world, draft = World.now(), drafts.of(segment)
    rule = segment.rule if segment.version or not draft else draft.rule
    return {
        "outline": outline(rule, world),
        "growth": growth([segment], timezone.now(), LONG)[segment.pk] if segment.computed_at else None,
        "reads": makeup.reads(segment, world),
        "makeup": makeup.makeup(segment, world),
        "followers": seen_by(request.user, followers(segment)),
        "details": DetailsForm.of(segment),
    }


def members(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    """Who is in, or was in at a moment (`?at=`, `?rule=`), or whether somebody (`?q=`) is."""
    if not may_see_people(request):
        return {}
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    before, moment = request.GET.get("before", ""), Moment.read(request.GET)
    context: dict[str, Any] = {"text": text, "moment": moment, "first": not before, "refused": ""}
    try:
        page = roster.look_up(segment, text) if text else moment.members(segment, before)
    except RuleError as error:
        return context | {"page": roster.Page([], ""), "refused": error.message}
    return context | {"page": page, "older": _older("members", page, moment.params)}


def moves(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    """Who entered and who left; `?kind=`, `?cause=` and `?condition=` narrow it down."""
    if not may_see_people(request):
        return {}
    before, wanted = request.GET.get("before", ""), roster.Wanted.read(request.GET)
    page = roster.moves(segment, before, wanted)
    conditions = [(one.leaf_id, one.words) for one in makeup.makeup(segment, World.now()).ingredients if one.leaf_id]
    return {
        "page": page,
        "wanted": wanted,
        "first": not before,
        "older": _older("moves", page, wanted.params),
        "causes": Cause.choices,
        "conditions": sorted(conditions, key=lambda item: item[1]),
    }


def versions(segment: Segment, _request: HttpRequest) -> dict[str, Any]:
    """Each version with what it changed, by whom, who agreed; and the draft that is being written."""
    world = World.now()
    rows = list(segment.versions.select_related("author", "agreed_by")[: VERSIONS + 1])
    said = [
        (row, differences(before.rule, row.rule, world) if before else [], _words(row.rule, world))
        for row, before in zip_longest(rows, rows[1:])
    ]
    draft = drafts.of(segment)
    changes = differences(segment.rule, draft.rule, world) if draft and segment.version else []
    return {"versions": said[:VERSIONS], "draft": draft, "draft_changes": changes}


def overrides(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    """Who was put in or is kept out by hand; `?q=` finds somebody to do that with."""
    if not may_see_people(request):
        return {}
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    return {"text": text, "candidates": handmade.candidates(segment, text), "rows": handmade.rows(segment)}


def _words(rule: Any, world: World) -> str:
    try:
        return rules.sentence(rules.parse(rule), world)
    except RuleError as error:
        return error.message


def _older(tab: str, page: roster.Page, params: dict[str, str]) -> str:
    return urlencode({"tab": tab, **params, "before": page.older}) if page.older else ""
