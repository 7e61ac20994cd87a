"""Giving a score its configuration, and taking a score away: the verbs that the admin, the API and the seed call."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from scoring.cycles import asked_by, refuse_circle, scores_graph
from scoring.errors import ScoreError
from scoring.methods.base import Method
from scoring.models import ScoreModel, ScoreVersion
from segments import rules
from segments.errors import RuleError
from segments.models import Segment
from segments.world import World

_EDITED = ["name", "description", "enabled", "config", "version", "error", "failed_at"]


def save(model: ScoreModel, config: Any, author: User | None) -> ScoreVersion:
    """Make `config` (JSON) the next version of the score, saved or not; people are scored by it within a minute.

    ScoreError, with the path, when it cannot be read or checked, or when the score would ask itself.
    """
    approve(model.method, config, model.slug)
    with transaction.atomic():
        if model.pk:  # Two authors at once get two versions, one after the other.
            model.version = ScoreModel.objects.select_for_update().get(pk=model.pk).version
        model.config, model.version = config, model.version + 1
        model.error, model.failed_at = "", None
        # Not what computing writes, which may be newer than what was read here.
        model.save(update_fields=_EDITED if model.pk else None)
        return ScoreVersion.objects.create(model=model, number=model.version, config=config, author=author)


def approve(method: str, config: Any, slug: str) -> Method:
    """The method with a configuration that may be saved under this slug, or ScoreError."""
    read = Method.read(method, config)
    read.check(World.now())
    refuse_circle(slug, [rule for _path, rule in read.rules()])
    return read


def roll_back(model: ScoreModel, number: int, author: User | None) -> ScoreVersion:
    """Make the configuration of an older version the next one. ScoreVersion.DoesNotExist, ScoreError."""
    return save(model, model.versions.get(number=number).config, author)


def withdraw(model: ScoreModel) -> None:
    """Delete a score with everybody's; ScoreError, with the list, while segments or scores ask it."""
    if users := used_by(model):
        raise ScoreError("", _("Still used by: %(names)s.") % {"names": ", ".join(users)})
    model.delete()


def used_by(model: ScoreModel) -> list[str]:
    """The names of the segments and scores that ask this one."""
    node = ("score", model.slug)
    others = ScoreModel.objects.exclude(pk=model.pk).values_list("slug", "name")
    graph = scores_graph()
    names = [name for slug, name in others if node in graph["score", slug]]
    for name, raw in Segment.objects.values_list("name", "rule"):
        try:
            asked = asked_by(rules.parse(raw), [])
        except RuleError:  # A broken segment asks nobody.
            continue
        if node in asked:
            names.append(name)
    return names
