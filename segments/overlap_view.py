"""The page that compares two to five segments: a Venn diagram up to three, and for all of them who is in which."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from segments import roster
from segments.models import Segment
from segments.overlap import LEAST, MOST, Overlap, Region, overlap
from segments.views import frame, must_view

_SHAPES = "ABCDE"


@dataclass(frozen=True)
class Circle:
    """A segment in the diagram, in the units of its 100 by 76 picture."""

    x: float
    y: float
    radius: float
    label: str


@dataclass(frozen=True)
class Figure:
    """How many, written where circles overlap."""

    x: float
    y: float
    size: int


@dataclass(frozen=True)
class Line:
    """A region with what the page says about it: the address makes a segment of it."""

    region: Region
    percent: float
    words: str
    address: str


# Where the number of each region stands, by its key.
_TWO = {"10": (24, 38), "01": (76, 38), "11": (50, 38)}
_THREE = {
    "100": (26, 25),
    "010": (74, 25),
    "001": (50, 67),
    "110": (50, 20),
    "101": (33, 46),
    "011": (67, 46),
    "111": (50, 37),
}
_TWO_CIRCLES = [(37, 38, 28), (63, 38, 28)]
_THREE_CIRCLES = [(37, 28, 24), (63, 28, 24), (50, 50, 24)]


def overlap_page(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """`?segment=` for each of them, by slug; fewer than two ask for another one."""
    must_view(request, model_admin)
    known = {segment.slug: segment for segment in Segment.objects.filter(computed_at__isnull=False)}
    wanted = [known[slug] for slug in dict.fromkeys(request.GET.getlist("segment")) if slug in known][:MOST]
    found = overlap(wanted) if len(wanted) >= LEAST else None
    may_add = model_admin.has_add_permission(request)
    context = frame(request, model_admin) | {
        "title": _("Overlap"),
        "chosen": [(segment, _without(segment, wanted)) for segment in wanted],
        "others": [segment for segment in known.values() if segment not in wanted] if len(wanted) < MOST else [],
        "most": MOST,
        "found": found,
        "as_of": roster.as_of(),
        "letters": _SHAPES,
    }
    if found:
        context |= _drawn(found) | {"lines": [_line(region, found, may_add) for region in found.regions if region.size]}
    return TemplateResponse(request, "segments/overlap.html", context)


def _drawn(found: Overlap) -> dict[str, Any]:
    """The circles and figures of two or three; for more there is no honest picture of circles."""
    places = {2: (_TWO_CIRCLES, _TWO), 3: (_THREE_CIRCLES, _THREE)}.get(len(found.segments))
    if places is None:
        return {}
    circles, figures = places
    return {
        "circles": [Circle(*circle, label) for circle, label in zip(circles, _SHAPES, strict=False)],
        "figures": [Figure(x, y, found.sizes[key]) for key, (x, y) in figures.items()],
        "shared": [
            (row, [(column, _percent(count, found.shared[at][at])) for column, count in _others(found, at)])
            for at, row in enumerate(found.segments)
        ],
    }


def _others(found: Overlap, at: int) -> list[tuple[Segment, int]]:
    return [(segment, found.shared[at][to]) for to, segment in enumerate(found.segments) if to != at]


def _line(region: Region, found: Overlap, may_add: bool) -> Line:
    inside = _(" and ").join(segment.name for segment in region.inside)
    words = inside
    if region.outside:
        without = _(" or ").join(segment.name for segment in region.outside)
        words = _("%(inside)s, not %(outside)s") % {"inside": inside, "outside": without}
    address = urlencode({"rule": json.dumps(region.rule), "name": words[:120]})
    link = f"{reverse('admin:segments_segment_add')}?{address}" if may_add else ""
    return Line(region, _percent(region.size, found.together), words, link)


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def _without(segment: Segment, wanted: list[Segment]) -> str:
    return urlencode([("segment", other.slug) for other in wanted if other != segment])
