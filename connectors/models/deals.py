"""Opportunities in the CRM."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.models.connections import Connection


class Deal(models.Model):
    """An opportunity in the CRM, as last read. `amount` is in minor units of `currency`.

    `profile_id` is the main contact, null while nobody is linked to it. Deals that were deleted there are deleted here;
    the events of their moves stay.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, db_index=False)
    remote_id = models.CharField(_("id there"), max_length=200)
    profile_id = models.BigIntegerField(_("person"), null=True)
    account = models.ForeignKey("profiles.Account", on_delete=models.SET_NULL, null=True, verbose_name=_("account"))
    name = models.CharField(_("name"), max_length=300, blank=True)
    stage = models.CharField(_("stage"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=4, choices=Status, default=Status.OPEN)
    amount = models.BigIntegerField(_("amount"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    probability = models.FloatField(_("probability (%)"), null=True)
    owner = models.CharField(_("owner"), max_length=200, blank=True)
    expected_on = models.DateField(_("expected on"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    created_at = models.DateTimeField(_("first seen"))
    # When the remote last changed it; the time of reading where it does not say.
    updated_at = models.DateTimeField(_("last changed"))
    url = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["-updated_at"]
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        constraints = [models.UniqueConstraint(fields=["connection", "remote_id"], name="deal_names_one_record")]
        indexes = [models.Index(fields=["profile_id"], name="deal_profile")]

    def __str__(self) -> str:
        return self.name or self.remote_id
