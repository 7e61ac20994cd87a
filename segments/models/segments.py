"""A rule with its versions and drafts, what it is tested with, and how its size went."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from segments.fields import RuleField


class Segment(models.Model):
    """People for whom a rule holds. Never matches more than the rule says: a rule that cannot be checked freezes it."""

    class State(models.TextChoices):
        # Only a draft yet: no version was published, nobody is in, and no rule can ask it.
        DRAFT = "draft", _("draft")
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
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("owner")
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    alert_above = models.PositiveSmallIntegerField(
        _("alert above"),
        null=True,
        blank=True,
        help_text=_("Tell when the size moves by more than so many percent within a day."),
    )
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
    # The second person, where so many people moved that one was not enough.
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("agreed by")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segment_version_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"


class SegmentDraft(models.Model):
    """A rule that is being written and is not published: at most one per segment, begun on version `base`.

    `asked_at`: since when it waits for a second person to agree.
    """

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, related_name="draft")
    rule = models.JSONField(_("rule"))
    base = models.PositiveIntegerField(_("begun on version"), default=0)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("author"))
    saved_at = models.DateTimeField(_("saved"), auto_now=True)
    asked_at = models.DateTimeField(_("waits for a second person since"), null=True)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")

    def __str__(self) -> str:
        return f"{self.segment_id} draft"


class RuleTest(models.Model):
    """Somebody of whom it is known whether the rule holds for them; asked of every rule before it is saved."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="tests")
    profile_id = models.BigIntegerField()
    inside = models.BooleanField(_("is in"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name=_("author"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("rule test")
        verbose_name_plural = _("rule tests")
        constraints = [models.UniqueConstraint(fields=["segment", "profile_id"], name="rule_test_once")]

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.profile_id} {'in' if self.inside else 'out'}"


class SegmentDay(models.Model):
    """How many entered and left on a day of the project's time zone, and the size at its end.

    A day on which nobody moved has no row. Written with the ledger, in the same transaction.
    """

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField(_("day"))
    entered = models.BigIntegerField(_("entered"), default=0)
    left = models.BigIntegerField(_("left"), default=0)
    size = models.BigIntegerField(_("people"), default=0)

    class Meta:
        ordering = ["day"]
        verbose_name = _("day of a segment")
        verbose_name_plural = _("days of segments")
        constraints = [models.UniqueConstraint(fields=["segment", "day"], name="segment_day_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.day}"


class SizeAlert(models.Model):
    """The size of a segment moved by more than its owner wants to be told of, within a day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="alerts")
    at = models.DateTimeField(_("at"))
    before = models.BigIntegerField(_("before"))
    after = models.BigIntegerField(_("after"))
    seen_at = models.DateTimeField(_("seen"), null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("seen by")
    )

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("size alert")
        verbose_name_plural = _("size alerts")

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.before} -> {self.after}"
