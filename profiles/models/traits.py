"""What we know of a person, who said so, and since when."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Trait(models.Model):
    """The definition of a trait key. Created when a key is first seen, with the type its first value suggests."""

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        BOOLEAN = "boolean", _("yes or no")
        LIST = "list", _("list")

    key = models.CharField(_("key"), max_length=120, unique=True)
    label = models.CharField(_("label"), max_length=120, blank=True)
    type = models.CharField(_("type"), max_length=8, choices=Type, default=Type.TEXT)
    created_at = models.DateTimeField(_("first seen"), auto_now_add=True)

    class Meta:
        ordering = ["key"]
        verbose_name = _("trait")
        verbose_name_plural = _("traits")

    def __str__(self) -> str:
        return self.label or self.key


class TraitValue(models.Model):
    """A value that a source gave for a trait, from when to when.

    Per person, trait and source at most one row is open (`until` is null). Rows are only ever
    added, confirmed and closed: the value at any past time, and who said it, can always be told.
    `seen_at` is when the source last said so, which decides the most recent among sources;
    `identifier_id` is the identity it came with, so that an unmerge can send it back.
    """

    pk = models.CompositePrimaryKey("profile_id", "trait_id", "source_id", "since", "message_id")
    profile_id = models.BigIntegerField()
    trait = models.ForeignKey(Trait, on_delete=models.PROTECT, db_index=False)
    source = models.ForeignKey("profiles.Source", on_delete=models.PROTECT, db_index=False)
    value = models.JSONField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()
    message_id = models.UUIDField()
    identifier_id = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("trait value")
        # Whose value has now held for so long is found by when it began.
        indexes = [models.Index(fields=["trait", "since"], include=["profile_id"], name="trait_value_since")]
