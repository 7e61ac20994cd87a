"""The log of this room: what changed about whom, for the rooms below to pull."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Change(models.Model):
    """Something about a person moved. Written in the transaction that moved it, taken by segments.refresh.

    `topic` is one of `event:<name>`, `trait:<key>`, `profile:created`, `profile:merged`, or what the
    owner of an attribute says it reads (attributes.Attribute.topic). Taken by deletion, never by a cursor:
    sequence numbers become visible out of order.
    """

    profile_id = models.BigIntegerField()
    topic = models.TextField()

    class Meta:
        verbose_name = _("change")


class Followup(models.Model):
    """Somebody about whom a room further down (scores, the CRM) has to look again.

    As with Change, taken by deletion. The same person may be named several times until then.
    """

    reader = models.CharField(max_length=20)
    profile_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        indexes = [models.Index(fields=["reader"], name="followup_reader")]
