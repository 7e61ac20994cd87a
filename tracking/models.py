"""What was accepted and not yet applied, and what could not be."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.refusals import Reason


class Inbox(models.Model):
    """One request, acknowledged and not yet applied. The body is kept as it came, inflated."""

    source = models.ForeignKey("profiles.Source", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    # What the address said: "batch", or the type of its only message ("track", "identify", ...).
    kind = models.CharField(max_length=10)
    messages = models.IntegerField()
    received_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        verbose_name = _("accepted request")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Quarantine(models.Model):
    """A message that could not be applied, why, and as it came. It can be replayed after a fix."""

    source = models.ForeignKey("profiles.Source", on_delete=models.CASCADE, verbose_name=_("source"))
    # As in Inbox; empty for one message out of a batch.
    kind = models.CharField(_("kind"), max_length=10, blank=True)
    # A code of refusals.Reason, and words with the detail.
    reason = models.CharField(_("reason"), max_length=40, db_index=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    payload = models.BinaryField(_("payload"))
    received_at = models.DateTimeField(_("received"))
    # When its batch was sent, by the sender's clock: a replay corrects the skew as the first try did.
    sent_at = models.DateTimeField(null=True, editable=False)
    replayed_at = models.DateTimeField(_("replayed"), null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message in quarantine")
        verbose_name_plural = _("quarantine")

    def __str__(self) -> str:
        return f"{dict(Reason.choices).get(self.reason, self.reason)} · {self.pk}"


class Overflow(models.Model):
    """How many refused messages of a source were not kept, for its quarantine was full. Nothing vanishes unsaid."""

    source = models.OneToOneField(
        "profiles.Source", on_delete=models.CASCADE, primary_key=True, verbose_name=_("source")
    )
    messages = models.BigIntegerField(_("messages not kept"), default=0)
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("full quarantine")
        verbose_name_plural = _("full quarantines")

    def __str__(self) -> str:
        return f"{self.source_id}: {self.messages}"
