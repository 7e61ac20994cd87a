"""What was read and written, when, and how far."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from connectors.models.connections import Connection


class SyncRun(models.Model):
    """One run over one object of a connection. `error` is in the remote's own words."""

    class Direction(models.TextChoices):
        PULL = "pull", _("read")
        PUSH = "push", _("write")
        RECONCILE = "reconcile", _("compare")

    class State(models.TextChoices):
        IDLE = "idle", _("waiting")
        PREFLIGHT = "preflight", _("checking")
        PULLING = "pulling", _("reading")
        RECONCILING = "reconciling", _("comparing")
        PUSHING = "pushing", _("writing")
        DONE = "done", _("done")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs", db_index=False)
    object = models.CharField(_("object"), max_length=40)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.IDLE)
    dry_run = models.BooleanField(_("dry run"), default=False)
    full = models.BooleanField(_("everything"), default=False)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    moved_at = models.DateTimeField(_("last sign of life"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)
    total = models.PositiveIntegerField(_("records"), null=True)
    read = models.PositiveIntegerField(_("read"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    written = models.PositiveIntegerField(_("written"), default=0)
    skipped = models.PositiveIntegerField(_("unchanged"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    cursor = models.JSONField(null=True)
    cancel = models.BooleanField(default=False)
    error = models.TextField(_("error"), blank=True)
    # Of a dry run: {"calls": n, "fields": {field: n}, "samples": [...]}; of a comparison: {"missing": n, ...}
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        indexes = [models.Index(fields=["connection", "object", "-id"], name="run_of_connection")]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.object} {self.started_at:%Y-%m-%d %H:%M}"


class Position(models.Model):
    """How far an object was read. {"since", "until", "page"} of the run under way is `cursor`, null between runs.

    `upto` is the frozen upper bound of the last complete run: the next one begins an overlap before it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    object = models.CharField(_("object"), max_length=40)
    cursor = models.JSONField(null=True)
    upto = models.DateTimeField(_("read up to"), null=True)
    compared_at = models.DateTimeField(_("ids compared"), null=True)

    class Meta:
        verbose_name = _("position")
        constraints = [models.UniqueConstraint(fields=["connection", "object"], name="position_once")]


class Followed(models.Model):
    """Up to which transition of the segments links were marked (segments.transitions.Feed). One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.JSONField(null=True)
    # The last refresh that is wholly behind us.
    run = models.BigIntegerField(default=0)


class Inbound(models.Model):
    """Records that were pulled and wait for the worker: `size` of them as JSON, as they were at `fetched_at`."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    object = models.CharField(max_length=40)
    records = models.BinaryField()
    size = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField()
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True)

    class Meta:
        verbose_name = _("records to apply")


class Outbound(models.Model):
    """A write that was sent: what, to which record, and what the remote said. `key` is of (record, payload)."""

    class State(models.TextChoices):
        SENT = "sent", _("written")
        RETRY = "retry", _("to be tried again")
        REFUSED = "refused", _("refused")
        GONE = "gone", _("missing there")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_index=False)
    object = models.CharField(_("object"), max_length=40)
    remote_id = models.CharField(_("id there"), max_length=200, blank=True)
    profile_id = models.BigIntegerField(_("person"), null=True)
    payload = models.JSONField(_("what was written"))
    key = models.CharField(max_length=32)
    state = models.CharField(_("state"), max_length=8, choices=State)
    words = models.TextField(_("what the system said"), blank=True)
    at = models.DateTimeField(_("at"))
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True)

    class Meta:
        verbose_name = _("write")
        verbose_name_plural = _("writes")
        indexes = [
            models.Index(fields=["connection", "-id"], name="outbound_of_connection"),
            models.Index(fields=["profile_id"], name="outbound_profile"),
        ]

    def __str__(self) -> str:
        return f"{self.object} {self.remote_id}"
