"""Companies and households that people belong to."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """A company or household; `key` is the sender's groupId.

    `origins` tells of each trait who said it and when: {"plan": [source id, ISO time]}.
    """

    key = models.CharField(_("key"), max_length=200, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    traits = models.JSONField(_("traits"), default=dict, blank=True)
    origins = models.JSONField(default=dict, editable=False)
    created_at = models.DateTimeField(_("known since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.name or self.key


class AccountMember(models.Model):
    """A person belongs to an account."""

    pk = models.CompositePrimaryKey("profile_id", "account_id")
    profile_id = models.BigIntegerField()
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("account member")
