"""Which records are whom, what both sides last said, and what stands between them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.models.connections import Connection


class Link(models.Model):
    """Our id and theirs, of a person, a company or a deal, and the state in which both were last seen.

    `shadow` is what the remote held, `ours` what Kith held of the mapped fields when they were last synchronised:
    the base of the three-way comparison. `digest` is of the record as last read: equal ones are not looked at.
    `bent`: {field: [what we wrote, what came back]} where the remote changes what it is given. `remote_id` is empty
    while a record is to be created; `profile_id` is null for companies and deals, and while nobody matches.
    """

    class State(models.TextChoices):
        DISCOVERED = "discovered", _("not linked")
        LINKED = "linked", _("linked")
        SYNCED = "synced", _("in sync")
        HERE = "here", _("changed here")
        THERE = "there", _("changed there")
        CONFLICT = "conflict", _("conflict")
        PUSHING = "pushing", _("being written")
        RETRY = "retry", _("to be tried again")
        DEAD = "dead", _("dead letter")
        MISSING = "missing", _("missing there")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_index=False)
    object = models.CharField(_("object"), max_length=40)
    remote_id = models.CharField(_("id there"), max_length=200, blank=True)
    profile_id = models.BigIntegerField(_("person"), null=True)
    email = models.CharField(max_length=320, blank=True)
    shadow = models.JSONField(default=dict)
    ours = models.JSONField(default=dict)
    bent = models.JSONField(default=dict)
    parents = models.JSONField(default=dict)
    digest = models.BinaryField(max_length=16, default=b"")
    url = models.CharField(max_length=1000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DISCOVERED)
    stale = models.BooleanField(default=False)
    # How often `stale` was set: a push clears it only if nothing was said meanwhile.
    marks = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(_("linked"), null=True)
    pulled_at = models.DateTimeField(_("last read"), null=True)
    pushed_at = models.DateTimeField(_("last written"), null=True)
    missing_since = models.DateTimeField(_("missing since"), null=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "object", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="link_names_one_record",
            ),
            models.UniqueConstraint(
                fields=["connection", "object", "profile_id"],
                condition=models.Q(remote_id=""),
                name="link_to_create_once",
            ),
        ]
        indexes = [
            models.Index(fields=["profile_id"], name="link_profile"),
            models.Index(fields=["connection", "object", "id"], name="link_stale", condition=models.Q(stale=True)),
            models.Index(
                fields=["email"],
                name="link_unmatched",
                condition=models.Q(profile_id__isnull=True) & ~models.Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.remote_id}"


class Conflict(models.Model):
    """Something that both sides say differently, and which of them was kept. For people to look at.

    `ours` and `theirs` are the two values, `kept` whose it was. `field` is "" where it is about the whole record.
    """

    class Kept(models.TextChoices):
        KITH = "kith", _("Kith's")
        REMOTE = "remote", _("theirs")
        BOTH = "both", _("both")

    class Reason(models.TextChoices):
        BOTH_CHANGED = "both_changed", _("changed on both sides")
        TAKEN = "taken", _("the e-mail address is somebody else's")
        TWICE = "twice", _("two records have this e-mail address")
        BENT = "bent", _("the system changes what is written")
        OUTRANKED = "outranked", _("a source that is believed more says otherwise")

    id = models.BigAutoField(primary_key=True)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="conflicts")
    profile_id = models.BigIntegerField(_("person"), null=True)
    field = models.CharField(_("field"), max_length=200, blank=True)
    reason = models.CharField(_("why"), max_length=12, choices=Reason)
    ours = models.JSONField(_("in Kith"), null=True)
    theirs = models.JSONField(_("there"), null=True)
    kept = models.CharField(_("kept"), max_length=6, choices=Kept)
    at = models.DateTimeField(_("at"))
    # Looked at by somebody.
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("conflict")
        verbose_name_plural = _("conflicts")
        indexes = [models.Index(fields=["profile_id"], name="conflict_profile")]

    def __str__(self) -> str:
        return f"{self.field}: {self.get_reason_display()}"


class DeadLetter(models.Model):
    """A record that one side refused, with its own words: tried again on a schedule, by hand, and after an edit.

    `payload` is what is written (or, of a record that was read, what it said). When `edited`, exactly that is written.
    """

    class Direction(models.TextChoices):
        PUSH = "push", _("write")
        PULL = "pull", _("read")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="dead_letters", db_index=False)
    object = models.CharField(_("object"), max_length=40)
    direction = models.CharField(_("direction"), max_length=4, choices=Direction)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, null=True)
    remote_id = models.CharField(_("id there"), max_length=200, blank=True)
    profile_id = models.BigIntegerField(_("person"), null=True)
    payload = models.JSONField(_("what is written"))
    edited = models.BooleanField(_("edited by hand"), default=False)
    words = models.TextField(_("what the system said"))
    tries = models.PositiveIntegerField(_("tries"), default=1)
    next_at = models.DateTimeField(_("tried again"), null=True)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)

    class Meta:
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "object", "direction", "link"],
                condition=models.Q(resolved_at__isnull=True, link__isnull=False),
                name="dead_letter_once",
            )
        ]
        indexes = [
            models.Index(fields=["connection", "next_at"], name="dead_letter_due"),
            models.Index(fields=["profile_id"], name="dead_letter_profile"),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.remote_id}"
