"""A rule, its conditions with the people they hold for, and the ledger of who was in."""

from __future__ import annotations

import json

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.fields import RuleField


class Segment(models.Model):
    """People for whom a rule holds. Never matches more than the rule says: a rule that cannot be checked freezes it."""

    class State(models.TextChoices):
        LIVE = "live", _("live")
        BROKEN = "broken", _("broken")

    slug = models.SlugField(
        _("slug"), max_length=80, unique=True, help_text=_("Its name in rules and in the API; it cannot change.")
    )
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    rule = RuleField(_("rule"))
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.LIVE, editable=False)
    error = models.CharField(_("why it is broken"), max_length=300, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)
    # The version the members were last computed by; behind `version` while an edit waits for the refresher.
    computed_version = models.PositiveIntegerField(default=0, editable=False)
    computed_at = models.DateTimeField(_("last computed"), null=True, editable=False)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0, editable=False)
    size = models.BigIntegerField(_("people"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("segment")
        verbose_name_plural = _("segments")

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """A rule that a segment had, from when on, and by whom."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    rule = models.JSONField(_("rule"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("author"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


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


class Cause(models.TextChoices):
    EVENT = "event", _("something they did")
    TRAIT = "trait", _("something we learned")
    CLOCK = "clock", _("time passing")
    EDIT = "edit", _("an edit of the segment")
    MERGE = "merge", _("a merge of two people")
    SEGMENT = "segment", _("another segment")
    PERSON = "person", _("a new person")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def open(self) -> MembershipQuerySet:
        """Who is in now."""
        return self.filter(left_at__isnull=True)


class Membership(models.Model):
    """A person was in a segment from `entered_at` to `left_at`; the ledger that everything downstream reads.

    `*_leaves` are the ids of the conditions that flipped, `*_run` orders transitions (Refresh.id).
    """

    pk = models.CompositePrimaryKey("profile_id", "segment_id", "entered_at")
    profile_id = models.BigIntegerField()
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    version = models.PositiveIntegerField()
    entered_at = models.DateTimeField()
    entered_run = models.BigIntegerField()
    entered_cause = models.CharField(max_length=8, choices=Cause)
    entered_leaves = models.JSONField(default=list)
    left_at = models.DateTimeField(null=True)
    left_run = models.BigIntegerField(null=True)
    left_cause = models.CharField(max_length=8, choices=Cause, blank=True)
    left_leaves = models.JSONField(default=list)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "profile_id"],
                condition=models.Q(left_at__isnull=True),
                name="in_a_segment_once",
            )
        ]
        indexes = [
            models.Index(fields=["segment", "entered_run", "profile_id"], name="membership_entered"),
            models.Index(
                fields=["segment", "left_run", "profile_id"],
                name="membership_left",
                condition=models.Q(left_run__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.profile_id}"


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
