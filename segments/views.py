"""The pages about segments: the list, one page for each of them, and why somebody is in or out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.models import Profile
from segments import roster, rules
from segments.errors import RuleError
from segments.explain import Explanation, explain
from segments.faces import faces
from segments.models import Membership, Segment
from segments.publish import used_by, withdraw
from segments.world import World

PAGE = 50


@dataclass(frozen=True)
class Tab:
    """A part of a segment's page."""

    key: str
    label: str | Promise
    icon: str


_TABS = [
    Tab("members", gettext_lazy("Members"), "group"),
    Tab("moves", gettext_lazy("Entered and left"), "swap_vert"),
    Tab("versions", gettext_lazy("Versions"), "history"),
]


def segment_list(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """Every segment with its state and its size; `?q=` and `?state=` narrow it down."""
    must_view(request, model_admin)
    text = request.GET.get("q", "").replace("\0", "").strip()[:120]
    state = request.GET.get("state", "")
    found = Segment.objects.all()
    if text:
        found = found.filter(Q(name__icontains=text) | Q(slug__icontains=text) | Q(description__icontains=text))
    if state in Segment.State.values:
        found = found.filter(state=state)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = _frame(request, model_admin) | {
        "title": _("Segments"),
        "page": page,
        "text": text,
        "state": state,
        "states": Segment.State.choices,
        "everybody": roster.everybody(),
        "as_of": roster.as_of(),
        "may_add": model_admin.has_add_permission(request),
    }
    return TemplateResponse(request, "segments/list.html", context)


def segment_page(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """One segment: its size, its rule in words, who is in, who moved, its versions. `?part`: the open tab alone."""
    must_view(request, model_admin)
    segment = found(object_id)
    tab = next((tab for tab in _TABS if tab.key == request.GET.get("tab")), _TABS[0])
    context: dict[str, Any] = {"segment": segment, "tab": tab, "may_see_people": _may_see_people(request)}
    context |= {"members": _members, "moves": _moves, "versions": _versions}[tab.key](segment, request)
    template = f"segments/tabs/{tab.key}.html"
    if "part" in request.GET:
        return TemplateResponse(request, template, context)
    context |= _frame(request, model_admin) | {
        "title": _("Segment"),
        "tabs": _TABS,
        "template": template,
        "outline": outline(segment),
        "everybody": roster.everybody(),
        "as_of": roster.as_of(),
        "users": used_by(segment),
        "may_change": model_admin.has_change_permission(request, segment),
        "may_delete": model_admin.has_delete_permission(request, segment),
    }
    return TemplateResponse(request, "segments/page.html", context)


def status_json(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Whether the members are those of the last version yet: `{"computed", "state", "size"}`."""
    must_view(request, model_admin)
    segment = found(object_id)
    computed = segment.computed_version == segment.version or segment.state == Segment.State.BROKEN
    return JsonResponse({"computed": computed, "state": segment.state, "size": segment.size})


def why(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str, profile_id: int) -> HttpResponse:
    """Why somebody is in a segment or not: each condition with what was seen."""
    must_view(request, model_admin)
    segment, person = found(object_id), Profile.objects.filter(pk=min(profile_id, 2**63 - 1)).first()
    if person is None or not _may_see_people(request):
        raise Http404
    if person.merged_into:
        return redirect("admin:segments_segment_why", segment.pk, person.survivor_id)
    explanation, error = _explained(segment, person.pk)
    context = _frame(request, model_admin) | {
        "title": _("Why"),
        "segment": segment,
        "face": faces([person.pk])[person.pk],
        "explanation": explanation,
        "error": error,
        "stays": _stays(segment, person.pk),
    }
    return TemplateResponse(request, "segments/why.html", context)


def delete(request: HttpRequest, model_admin: ModelAdmin[Segment], object_id: str) -> HttpResponse:
    """Ask, then take the segment away; refused, with the list, while other segments ask it."""
    segment = found(object_id)
    if not model_admin.has_delete_permission(request, segment):
        raise PermissionDenied
    if request.method == "POST":
        try:
            withdraw(segment)
        except RuleError as error:
            messages.error(request, error.message)
            return redirect("admin:segments_segment_change", segment.pk)
        messages.success(request, _("“%(segment)s” was deleted.") % {"segment": segment.name})
        return redirect("admin:segments_segment_changelist")
    context = {"title": _("Delete segment"), "segment": segment, "users": used_by(segment)}
    return TemplateResponse(request, "segments/delete.html", _frame(request, model_admin) | context)


def found(object_id: str) -> Segment:
    """The segment of that id, or 404."""
    known = object_id.isdecimal() and len(object_id) < 19
    segment = Segment.objects.filter(pk=int(object_id)).first() if known else None
    if segment is None:
        raise Http404
    return segment


def must_view(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> None:
    """PermissionDenied for who may not look at segments."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


@dataclass(frozen=True)
class Line:
    """A node of a rule as a line of text; groups have lines below them."""

    kind: str
    text: str
    below: tuple[Line, ...] = ()


def outline(segment: Segment) -> Line | None:
    """The rule as nested lines; None when it cannot be read."""
    try:
        return _line(rules.parse(segment.rule), World.now())
    except RuleError:
        return None


def _line(node: rules.Rule, world: World) -> Line:
    if isinstance(node, rules.Group):
        return Line(node.kind, "", tuple(_line(child, world) for child in node.rules))
    return Line(node.key, node.sentence(world))


def _members(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    if not _may_see_people(request):
        return {}
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    before = request.GET.get("before", "")
    page = roster.look_up(segment, text) if text else roster.members(segment, before)
    older = urlencode({"tab": "members", "before": page.older}) if page.older else ""
    return {"page": page, "text": text, "older": older, "first": not before}


def _moves(segment: Segment, request: HttpRequest) -> dict[str, Any]:
    if not _may_see_people(request):
        return {}
    before = request.GET.get("before", "")
    page = roster.moves(segment, before)
    older = urlencode({"tab": "moves", "before": page.older}) if page.older else ""
    return {"page": page, "older": older, "first": not before}


def _versions(segment: Segment, _request: HttpRequest) -> dict[str, Any]:
    world = World.now()
    rows = segment.versions.select_related("author")[:PAGE]
    return {"versions": [(row, _words(row.rule, world)) for row in rows]}


def _words(rule: Any, world: World) -> str:
    try:
        return rules.sentence(rules.parse(rule), world)
    except RuleError as error:
        return error.message


def _explained(segment: Segment, profile_id: int) -> tuple[Explanation | None, str]:
    try:
        return explain(segment, profile_id), ""
    except RuleError as error:
        return None, error.message


def _stays(segment: Segment, profile_id: int) -> list[tuple[Membership, tuple[str, ...], tuple[str, ...]]]:
    """From when to when they were in, the last first, with the conditions that flipped."""
    rows = list(Membership.objects.filter(segment=segment, profile_id=profile_id).order_by("-entered_at")[:PAGE])
    words = roster.leaf_words(leaf for row in rows for leaf in (*row.entered_leaves, *row.left_leaves))
    return [(row, roster.because(row.entered_leaves, words), roster.because(row.left_leaves, words)) for row in rows]


def _may_see_people(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("profiles.view_profile"))


def _frame(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> dict[str, Any]:
    """What the theme's frame needs. Not `opts`: the theme would read our tabs as its own."""
    return model_admin.admin_site.each_context(request)
