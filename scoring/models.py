"""What is scored, how it was scored before, and everybody's score with its reasons."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from scoring.errors import ScoreError
from scoring.methods import methods
from scoring.methods.base import Method, Row

# A slug is part of an attribute's key, `scores.<slug>.band`: no dots, no capitals.
_slug = RegexValidator(r"^[a-z0-9][a-z0-9_-]*$", _("Small letters, digits, hyphens and underscores."))


class ScoreModel(models.Model):
    """Something that people are scored by: a method, and what it is told in `config`.

    `error` says why it is frozen: the scores stay as they were, and nobody is set to zero. `computed_at` moves
    with success only. What a method learned of everybody (borders of fifths) is `learned`.
    """

    slug = models.CharField(
        _("slug"),
        max_length=60,
        unique=True,
        validators=[_slug],
        help_text=_("Its name in rules and in the API; it cannot change."),
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    method = models.CharField(_("method"), max_length=40)
    config = models.JSONField(_("configuration"), default=dict)
    enabled = models.BooleanField(_("enabled"), default=True)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    # The version that the scores belong to; behind `version` while an edit waits to be computed.
    computed_version = models.PositiveIntegerField(default=0, editable=False)
    computed_at = models.DateTimeField(_("last computed"), null=True, editable=False)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0, editable=False)
    people = models.BigIntegerField(_("people"), default=0, editable=False)
    error = models.CharField(_("why it is frozen"), max_length=300, blank=True, editable=False)
    learned = models.JSONField(_("learned"), default=dict, editable=False)
    # Up to when everything that moves by itself was done: days that end, windows of conditions.
    clock_at = models.DateTimeField(null=True, editable=False)
    # Up to which run of the segments' refresher their members were looked at; null: it asks no segment.
    followed_run = models.BigIntegerField(null=True, editable=False)
    # When computing it failed last: it is not tried again at once.
    failed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("score")
        verbose_name_plural = _("scores")

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> type[Method] | None:
        """The method's class; None when there is none of that name any more."""
        return methods().get(self.method)

    def read(self) -> Method:
        """The method with its configuration, read once; ScoreError where that cannot be read."""
        known: tuple[Any, Method] | None = self.__dict__.get("_method")
        if known is None or known[0] is not self.config:
            known = self.__dict__["_method"] = (self.config, Method.read(self.method, self.config))
        return known[1]


class ScoreVersion(models.Model):
    """A configuration that a score had, from when on, and by whom. `quality`: what computing it showed."""

    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    config = models.JSONField(_("configuration"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("author"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    quality = models.JSONField(_("quality"), default=dict)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="score_version_once")]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.number}"


class ScoreQuerySet(models.QuerySet["Score"]):
    def with_models(self) -> list[Score]:
        """With their models, of which equal ones are one object: what it read is read once for all its scores."""
        found = list(self.select_related("model"))
        shared: dict[int, ScoreModel] = {}
        for score in found:
            score.model = shared.setdefault(score.model_id, score.model)
        return found


class Score(models.Model):
    """A person's score now. Somebody whom a model says nothing of has no row: their score is unknown.

    `band` is the key of one of the method's bands, `since` when the person came into it. `parts` is what the
    value is the sum of, in the method's own short form: `reasons` gives it in words. `computed_at` is when the
    value last moved, not when it was last looked at (that is the model's). `told` is the value of the last
    "Score Changed".
    """

    pk = models.CompositePrimaryKey("profile_id", "model_id")
    profile_id = models.BigIntegerField()
    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="scores", db_index=False)
    value = models.FloatField(_("value"))
    band = models.CharField(_("band"), max_length=60, blank=True)
    since = models.DateTimeField(_("in this band since"))
    previous_band = models.CharField(_("band before"), max_length=60, blank=True)
    parts = models.JSONField(_("reasons"), default=list)
    version = models.PositiveIntegerField(_("version"))
    computed_at = models.DateTimeField(_("last moved"))
    told = models.FloatField()

    objects = ScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("score of a person")
        verbose_name_plural = _("scores of people")
        indexes = [
            models.Index(fields=["model", "value"], name="score_value"),
            models.Index(fields=["model", "band", "profile_id"], name="score_band"),
        ]

    @property
    def reasons(self) -> list[dict[str, Any]]:
        """Why: [{"label", "points", "count"?, "at"?}], the weightiest first; their points add up to `value`.

        In the reader's language. Reads the model: see `with_models` when there are many. Empty when the
        configuration has changed since, until the score is computed by it.
        """
        return [row.to_json() for row in self.rows()]

    def rows(self) -> list[Row]:
        """The same as records."""
        if self.version != self.model.version:
            return []
        try:
            return self.model.read().told(self.parts)
        except ScoreError:  # the model is frozen, and says why
            return []

    @property
    def band_label(self) -> str:
        """The band in the reader's language."""
        kind = self.model.kind
        return kind.band_label(self.band) if kind else self.band


class BandSpell(models.Model):
    """A person was in a band of a score from `since` until before `until` (null: still); of scores with bands."""

    pk = models.CompositePrimaryKey("profile_id", "model_id", "since")
    profile_id = models.BigIntegerField()
    model = models.ForeignKey(ScoreModel, on_delete=models.CASCADE, related_name="spells", db_index=False)
    band = models.CharField(_("band"), max_length=60)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("time in a band")
        verbose_name_plural = _("times in bands")
        indexes = [
            # Whose band has now been so for so long is found by when it began, or ended.
            models.Index(fields=["model", "since"], include=["profile_id"], name="band_spell_since"),
            models.Index(
                fields=["model", "until"],
                include=["profile_id"],
                name="band_spell_until",
                condition=models.Q(until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.profile_id}: {self.band}"
