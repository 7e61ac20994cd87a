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
