"""The page of ready-made segments: each in words, what it needs here, and the builder filled with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from segments import rules, wording
from segments.models import Segment
from segments.ready import SHELVES, Ready, can_be_asked, missing, ready
from segments.world import World


@dataclass(frozen=True)
class Card:
    """A ready-made segment on the page: `link` leads to the builder, empty where the rule cannot be asked here.

    `there` is the segment of its slug, when there is one already.
    """

    ready: Ready
    sentence: str
    missing: list[str]
    link: str
    there: Segment | None

    @property
    def rule(self) -> str:
        """Its JSON, for the count."""
        return json.dumps(self.ready.rule)


def gallery_page(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """All of them, shelf by shelf; counts are asked by the page itself, one after the other."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    cards = _cards(World.now())
    shelves = [(SHELVES[key], list(some)) for key, some in groupby(cards, key=attrgetter("ready.shelf"))]
    context: dict[str, Any] = model_admin.admin_site.each_context(request) | {
        "title": _("Ready-made segments"),
        "shelves": shelves,
        "words": wording.words(),
        "is_fullwidth": "1",
    }
    return TemplateResponse(request, "segments/gallery.html", context)


def _cards(world: World) -> list[Card]:
    every = ready(world)
    there = {one.slug: one for one in Segment.objects.filter(slug__in=[one.slug for one in every])}
    return [_card(one, world, there.get(one.slug)) for one in every]


def _card(one: Ready, world: World, there: Segment | None) -> Card:
    asked = can_be_asked(one, world)
    sentence = rules.sentence(rules.parse(one.rule), world)
    return Card(one, f"{sentence[:1].upper()}{sentence[1:]}.", missing(one, world), _begun(one) if asked else "", there)


def _begun(one: Ready) -> str:
    """The builder, filled."""
    filled = {"name": one.name, "description": one.description, "rule": json.dumps(one.rule, separators=(",", ":"))}
    return f"{reverse('admin:segments_segment_add')}?{urlencode(filled)}"
