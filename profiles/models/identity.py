"""By what a person is recognised, whose it was and when, and who turned out to be whom."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

# The labels that come with Kith are shown in the reader's language; those of a company as they are written.
_LABELS = (gettext_noop("User id"), gettext_noop("E-mail"), gettext_noop("Phone"), gettext_noop("Device"))


class IdentifierType(models.Model):
    """A kind of identifier, and how far it is trusted.

    `rank` 1 is the most trusted. When a message would break a limit, its identifier
    of the highest rank number is taken off first.
    """

    class Case(models.TextChoices):
        LOWER = "lower", _("does not matter")
        EXACT = "exact", _("matters")

    name = models.SlugField(_("name"), primary_key=True)
    label = models.CharField(_("label"), max_length=80)
    rank = models.PositiveSmallIntegerField(_("rank"))
    limit = models.PositiveIntegerField(
        _("limit per person"), null=True, blank=True, help_text=_("Empty: as many as there are.")
    )
    window_days = models.PositiveIntegerField(
        _("limit counts the last days"), null=True, blank=True, help_text=_("Empty: all of them count.")
    )
    unique = models.BooleanField(
        _("unique and immutable"),
        default=False,
        help_text=_("Two people with different values are never merged automatically."),
    )
    movable = models.BooleanField(
        _("belongs to a device"),
        default=False,
        help_text=_("A shared device follows the person who used it last; its past stays where it was."),
    )
    case = models.CharField(_("upper and lower case"), max_length=5, choices=Case, default=Case.EXACT)
    blocked = models.JSONField(
        _("blocked values"), default=list, blank=True, help_text=_("Values that identify nobody.")
    )

    class Meta:
        ordering = ["rank"]
        verbose_name = _("identifier type")
        verbose_name_plural = _("identifier types")

    def __str__(self) -> str:
        return gettext(self.label) if self.label else ""


class Identifier(models.Model):
    """A (type, value) that names exactly one person at a time. `value` is normalised, `raw` is as first seen."""

    id = models.BigAutoField(primary_key=True)
    type = models.ForeignKey(IdentifierType, on_delete=models.PROTECT, db_index=False)
    value = models.TextField(_("value"))
    raw = models.TextField(_("as received"), blank=True)
    profile_id = models.BigIntegerField(_("person"), help_text=_("Whose it is now."))
    first_seen = models.DateTimeField(_("first seen"))
    frozen_at = models.DateTimeField(
        _("frozen"), null=True, blank=True, help_text=_("Waits for a review: merges nobody meanwhile.")
    )
    frozen_reason = models.CharField(_("why it is frozen"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        constraints = [models.UniqueConstraint(fields=["type", "value"], name="identifier_names_one_person")]
        indexes = [models.Index(fields=["profile_id"], name="identifier_profile")]

    def __str__(self) -> str:
        return f"{self.type_id}: {self.value}"


class Assignment(models.Model):
    """Whose an identifier was, from when to when: what an unmerge replays."""

    pk = models.CompositePrimaryKey("profile_id", "identifier_id", "since")
    profile_id = models.BigIntegerField()
    identifier_id = models.BigIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    # The message that said so (see ingest.message_key).
    message_id = models.UUIDField(null=True)

    class Meta:
        verbose_name = _("assignment")
        indexes = [models.Index(fields=["identifier_id", "since"], name="assignment_identifier")]


class Edge(models.Model):
    """Two identifiers first seen together in one message. `never` is a person's word: not the same."""

    pk = models.CompositePrimaryKey("left_id", "right_id")
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    message_id = models.UUIDField(null=True)
    source = models.ForeignKey("profiles.Source", on_delete=models.PROTECT, null=True, db_index=False)
    seen_at = models.DateTimeField()
    never = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("edge")
        indexes = [
            models.Index(fields=["right_id"], name="edge_right"),
            models.Index(fields=["left_id"], name="edge_never", condition=models.Q(never=True)),
        ]


class Merge(models.Model):
    """Two people became one, because one message carried identifiers of both."""

    survivor_id = models.BigIntegerField(_("lives on as"))
    absorbed_id = models.BigIntegerField(_("was"), db_index=True)
    identifier_id = models.BigIntegerField(_("through the identifier"), null=True)
    message_id = models.UUIDField(_("message"), null=True)
    source = models.ForeignKey("profiles.Source", on_delete=models.PROTECT, null=True, verbose_name=_("source"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        indexes = [
            models.Index(fields=["survivor_id"], name="merge_survivor"),
            models.Index(fields=["identifier_id", "at"], name="merge_identifier"),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"
