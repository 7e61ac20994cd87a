"""The ledger of who was in, and who was put in or kept out by hand."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.models.segments import Segment


class Cause(models.TextChoices):
    EVENT = "event", _("something they did")
    TRAIT = "trait", _("something we learned")
    CLOCK = "clock", _("time passing")
    EDIT = "edit", _("an edit of the segment")
    MERGE = "merge", _("a merge of two people")
    SEGMENT = "segment", _("another segment")
    PERSON = "person", _("a new person")
    MANUAL = "manual", _("by hand")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def open(self) -> MembershipQuerySet:
        """Who is in now."""
        return self.filter(left_at__isnull=True)

    def covering(self, at: datetime) -> MembershipQuerySet:
        """Who was in at that moment."""
        return self.filter(models.Q(left_at__isnull=True) | models.Q(left_at__gt=at), entered_at__lte=at)


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
                # By person: what happens to somebody touches one page of it, however many segments it is about.
                fields=["profile_id", "segment"],
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


class Override(models.Model):
    """Somebody put into a segment, or kept out of it, by hand: whatever the rule says, until it expires or is ended."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="overrides")
    profile_id = models.BigIntegerField()
    inside = models.BooleanField(_("is in"))
    reason = models.CharField(_("reason"), max_length=300)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("ended by")
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("override")
        verbose_name_plural = _("overrides")
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "profile_id"], condition=models.Q(ended_at__isnull=True), name="overridden_once"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="override_expires", condition=models.Q(expires_at__isnull=False)),
            models.Index(fields=["profile_id"], name="override_profile"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.profile_id} {'in' if self.inside else 'out'}"
