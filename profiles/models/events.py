"""What happened."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventType(models.Model):
    """A kind of thing that happens. Created when a name is first seen; rows are never renamed."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("event type")
        verbose_name_plural = _("event types")

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """It happened to this person, then. Partitioned by `occurred_at`; see migration 0002 for the table.

    `value` is money in minor units of the project's currency (refunds are negative); the amount and
    currency as sent stay in `properties`. `identifier_id` is the identity the event came with, so
    that an unmerge can send it back. `context_id` names the circumstances it came in, for whoever keeps
    these (tracking.Context); null where nobody does. Two indexes serve every question: the primary key (one person,
    changed people), which includes the name, and (name, occurred_at) including (profile_id, value).
    """

    pk = models.CompositePrimaryKey("profile_id", "occurred_at", "message_id")
    profile_id = models.BigIntegerField()
    occurred_at = models.DateTimeField()
    message_id = models.UUIDField()
    name = models.ForeignKey(EventType, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    value = models.BigIntegerField(null=True)
    identifier_id = models.BigIntegerField(null=True)
    source = models.ForeignKey("profiles.Source", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    properties = models.JSONField(default=dict)
    context_id = models.BigIntegerField(null=True)

    class Meta:
        managed = False
        db_table = "profiles_event"
        verbose_name = _("event")


class SeenMessage(models.Model):
    """A message that was applied: the same (source, messageId) is stored once, however often it is sent.

    `id` is ingest.message_key(source, messageId).
    """

    id = models.UUIDField(primary_key=True)

    class Meta:
        verbose_name = _("seen message")
