"""Scores as attributes that rules can ask: `scores.<slug>`, a number, and `scores.<slug>.band`, a text."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from psycopg import sql

from profiles.attributes import Attribute, Joined, register
from scoring import cycles
from scoring.models import ScoreModel
from scoring.moves import topic
from scoring.spells import band_at, history


@register
def scores() -> Iterable[Attribute]:
    """Two attributes per score, of people who have one."""
    models = list(ScoreModel.objects.only("pk", "slug", "name", "method", "config"))
    graph = cycles.graph_of(models)
    for model in models:
        behind = cycles.segments_behind(graph, model.slug)
        yield _attribute(model, "", model.name, "number", behind)
        yield _attribute(model, ".band", _("%(score)s: band") % {"score": model.name}, "text", behind)


def _attribute(model: ScoreModel, suffix: str, label: str, kind: str, behind: frozenset[str]) -> Attribute:
    column = sql.Identifier("band" if suffix else "value")
    table, pk = sql.Identifier(f"score_{model.pk}"), sql.Literal(model.pk)
    of_one = sql.SQL(
        "(SELECT to_jsonb(s.{}) FROM scoring_score AS s WHERE s.profile_id = p.id AND s.model_id = {})"
    ).format(column, pk)
    join = sql.SQL("LEFT JOIN scoring_score AS {0} ON {0}.profile_id = p.id AND {0}.model_id = {1}").format(table, pk)
    return Attribute(
        key=f"{cycles.PREFIX}{model.slug}{suffix}",
        label=label,
        type=kind,
        topic=topic(model.slug),
        expression=lambda at: band_at(model.pk, at) if suffix and at else of_one,
        joined=Joined(join, sql.SQL("to_jsonb({}.{})").format(table, column)),
        segments=behind,
        # Of the value only the present is kept, and as events what was worth one.
        recalls=bool(suffix),
        history=history(model.pk) if suffix else None,
    )
