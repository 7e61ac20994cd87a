"""A person as we know them."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ProfileQuerySet(models.QuerySet["Profile"]):
    def present(self) -> ProfileQuerySet:
        """Everybody: the people who were not merged into somebody else."""
        return self.filter(merged_into__isnull=True)


class Profile(models.Model):
    """One person as we know them.

    Ids come dense from one sequence: the sets of people that segments keep are
    compressed bitmaps, and sparse ids would cost them ten times the space.
    `traits` holds the winner of every trait; the candidates are TraitValue rows.
    """

    created_at = models.DateTimeField(_("known since"), default=timezone.now, editable=False)
    # Not a ForeignKey: a merge writes thousands at once, and the row pointed at is on another shard.
    merged_into = models.BigIntegerField(_("merged into"), null=True, editable=False)
    traits = models.JSONField(_("traits"), default=dict, editable=False)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["merged_into"], name="profile_merged", condition=models.Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or _("Person %(id)s") % {"id": self.pk}

    @property
    def name(self) -> str:
        """What to call this person: the name, else the e-mail address, else nothing."""
        parts = [self.traits.get("first_name"), self.traits.get("last_name")]
        full = " ".join(str(part) for part in parts if part)
        return str(self.traits.get("name") or full or self.traits.get("email") or "")

    @property
    def survivor_id(self) -> int:
        """The id under which this person lives on."""
        return self.merged_into or self.pk


class ProfileStat(models.Model):
    """When a person was first and last seen, and how often: upserted once per applied batch.

    "Inactive for" reads this and nothing else. Without any index but the key, so that its
    updates stay inside the page (HOT); fillfactor 70 leaves them the room.
    """

    profile_id = models.BigIntegerField(primary_key=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    events = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
