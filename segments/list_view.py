"""The list of segments: how many are in each, how that went, who looks after them, and who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import roster
from segments.followers import Follower, followers_of, seen_by
from segments.growth import SHORT, Growth, growth
from segments.models import Segment, SegmentDraft
from segments.views import frame, must_view

PAGE = 50


@dataclass(frozen=True)
class Query:
    """What somebody looks for."""

    text: str = ""
    state: str = ""
    tag: str = ""
    owner: int | None = None

    @classmethod
    def read(cls, params: QueryDict) -> Query:
        """From the parameters of an address; what makes no sense is left out."""
        state, owner = params.get("state", ""), params.get("owner", "")
        return cls(
            _clean(params.get("q", "")),
            state if state in Segment.State.values else "",
            _clean(params.get("tag", "")),
            int(owner) if owner.isdecimal() and len(owner) < 10 else None,
        )

    def __bool__(self) -> bool:
        return bool(self.text or self.state or self.tag or self.owner)

    @property
    def address(self) -> str:
        """The parameters again, without the page."""
        named = {"q": self.text, "state": self.state, "tag": self.tag, "owner": str(self.owner or "")}
        return urlencode({key: value for key, value in named.items() if value})

    def narrow(self) -> Any:
        """The segments that fit, by name."""
        found = Segment.objects.select_related("owner")
        if self.text:
            named = Q(name__icontains=self.text) | Q(slug__icontains=self.text)
            found = found.filter(named | Q(description__icontains=self.text))
        if self.state:
            found = found.filter(state=self.state)
        if self.tag:
            found = found.filter(tags__contains=[self.tag])
        return found.filter(owner=self.owner) if self.owner else found


@dataclass(frozen=True)
class Row:
    """A segment with what the list says about it. `growth` is None until it was computed."""

    segment: Segment
    growth: Growth | None
    followers: list[Follower]


def segment_list(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """Every segment; `?q=`, `?state=`, `?tag=` and `?owner=` narrow it down. The number of queries is fixed."""
    must_view(request, model_admin)
    query = Query.read(request.GET)
    drafts = SegmentDraft.objects.filter(segment=OuterRef("pk"))
    page = Paginator(query.narrow().annotate(drafted=Exists(drafts)), PAGE).get_page(request.GET.get("page"))
    context = frame(request, model_admin) | {
        "title": _("Segments"),
        "page": page,
        "rows": _rows(list(page), request),
        "query": query,
        "states": Segment.State.choices,
        "tags": _tags(),
        "owners": User.objects.filter(segment__isnull=False).distinct().order_by("username"),
        "everybody": roster.everybody(),
        "as_of": roster.as_of(),
        "may_add": model_admin.has_add_permission(request),
    }
    return TemplateResponse(request, "segments/list.html", context)


def _rows(segments: list[Segment], request: HttpRequest) -> list[Row]:
    grown = growth([segment for segment in segments if segment.computed_at], timezone.now(), SHORT)
    followed = followers_of(segment.slug for segment in segments)
    return [Row(segment, grown.get(segment.pk), seen_by(request.user, followed[segment.slug])) for segment in segments]


def _tags() -> list[str]:
    """Every tag that a segment has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT jsonb_array_elements_text(tags) AS tag FROM segments_segment ORDER BY tag")
        return [tag for (tag,) in cursor.fetchall()]


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:120]
