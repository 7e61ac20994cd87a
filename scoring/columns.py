"""What scores show in the list of people."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from profiles.columns import Column, register
from profiles.plots import number
from scoring.models import Score, ScoreModel
from scoring.tones import shown


def values(people: Sequence[int]) -> dict[int, SafeString]:
    """Value and band of the oldest score whose bands are steps of the value: the one that people sort by."""
    models = ScoreModel.objects.filter(enabled=True, method="points").order_by("pk")
    scores = Score.objects.filter(profile_id__in=people, model__in=models[:1]).select_related("model")
    return {
        each.score.profile_id: format_html(
            '<span class="k-chip k-{}" title="{}">{}</span> {}',
            each.tone, each.score.model.name, each.band, number(each.score.value),
        )
        for each in shown(scores)
    }  # fmt: skip


register(Column("score", _("Score"), values, 40))
