"""The scores that are computed from who is in a segment."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.cycles import graph_of
from scoring.models import ScoreModel
from segments.followers import Follower, register


@register
def scores(wanted: frozenset[str]) -> dict[str, list[Follower]]:
    """By segment: the scores that ask it themselves."""
    models = {model.slug: model for model in ScoreModel.objects.only("slug", "name", "method", "config")}
    found: dict[str, list[Follower]] = {}
    for (_kind, slug), asked in graph_of(models.values()).items():
        follower = Follower(
            gettext_lazy("Score"),
            models[slug].name,
            _("it is computed from who is in it"),
            reverse("admin:scoring_scoremodel_change", args=[models[slug].pk]),
            "scoring.view_scoremodel",
        )
        for kind, segment in asked:
            if kind == "segment" and segment in wanted:
                found.setdefault(segment, []).append(follower)
    return found
