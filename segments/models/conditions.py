"""The conditions with the people they hold for, and the runs that keep them true."""

from __future__ import annotations

import json

from django.db import models
from django.utils.translation import gettext_lazy as _


class Leaf(models.Model):
    """One condition and the set of people it holds for; equal conditions exist once, however many segments ask.

    The set is `members` (a serialized BitMap64) plus the LeafFlips since it was written. Everybody, and
    the members of each segment, are kept as leaves too. `computed_at` is null until the condition was asked.
    """

    digest = models.BinaryField(max_length=32, unique=True)
    condition = models.JSONField()
    members = models.BinaryField(null=True)
    # The flips up to this id are folded into `members`.
    folded = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(null=True)
    # What it cost to ask it of everybody, the last time.
    duration_ms = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")

    def __str__(self) -> str:
        return json.dumps(self.condition)


class LeafFlip(models.Model):
    """Who began and ceased to satisfy a leaf in one refresh; appended, folded into Leaf.members when many."""

    leaf = models.ForeignKey(Leaf, on_delete=models.CASCADE, related_name="flips")
    entered = models.BinaryField()
    left = models.BinaryField()

    class Meta:
        verbose_name = _("flip")

    def __str__(self) -> str:
        return f"{self.leaf_id}/{self.pk}"


class Refresh(models.Model):
    """One run of the refresher that moved somebody. Its id orders all transitions: there is one refresher."""

    at = models.DateTimeField(_("at"), unique=True)
    changed = models.IntegerField(_("changed people"), default=0)
    asked = models.IntegerField(_("conditions asked"), default=0)
    entered = models.BigIntegerField(_("entered"), default=0)
    left = models.BigIntegerField(_("left"), default=0)
    duration_ms = models.IntegerField(_("duration (ms)"), default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("refresh")
        verbose_name_plural = _("refreshes")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class Clock(models.Model):
    """Up to when every set is true: the `at` of the last refresh. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_clock")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class Verification(models.Model):
    """Every leaf recomputed from scratch and compared with what refresh kept. `differences` must be empty."""

    at = models.DateTimeField(_("at"))
    leaves = models.IntegerField(_("conditions"))
    # [{"leaf": id, "missing": n, "surplus": n}]
    differences = models.JSONField(_("differences"), default=list)
    duration_ms = models.IntegerField(_("duration (ms)"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"
