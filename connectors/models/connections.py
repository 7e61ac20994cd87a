"""Accounts at other systems, and how much of them may be used."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

_slug = RegexValidator(r"^[a-z][a-z0-9_]{0,23}$", _("A small letter, then small letters, digits and _: at most 24."))


class Connection(models.Model):
    """An account at another system. `secrets` is encrypted (credentials.py); `mapping` is read by mapping.py.

    `schema` is what preflight last saw of the remote's fields: {object: [{"key", "label", "type", ...}]}.
    `problems`: what preflight found wrong with the mapping, in words for people.
    """

    class State(models.TextChoices):
        READY = "ready", _("ready")
        PAUSED = "paused", _("paused")
        RECONNECT = "reconnect", _("reconnect needed")
        FAILED = "failed", _("failed")

    slug = models.CharField(_("short name"), max_length=24, unique=True, validators=[_slug])
    name = models.CharField(_("name"), max_length=70, unique=True)
    adapter = models.CharField(_("system"), max_length=40)
    config = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = models.BinaryField(default=b"", editable=False)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    source = models.OneToOneField("profiles.Source", on_delete=models.PROTECT, editable=False)
    enabled = models.BooleanField(_("synchronise on schedule"), default=True)
    every = models.PositiveIntegerField(_("seconds between two runs"), default=60)
    allow_private = models.BooleanField(
        _("may be on a private network"),
        default=False,
        help_text=_("Otherwise only public addresses are called."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READY, editable=False)
    words = models.TextField(_("what the system said"), blank=True, editable=False)
    paused_until = models.DateTimeField(_("paused until"), null=True, editable=False)
    schema = models.JSONField(default=dict, editable=False)
    problems = models.JSONField(default=list, editable=False)
    checked_at = models.DateTimeField(_("last checked"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("connection")
        verbose_name_plural = _("connections")

    def __str__(self) -> str:
        return self.name


class CallBudget(models.Model):
    """The token bucket of a connection, shared by all processes; `used` counts the calls of `day` (UTC)."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    tokens = models.FloatField()
    at = models.DateTimeField()
    day = models.DateField()
    used = models.PositiveIntegerField(_("calls today"), default=0)

    class Meta:
        verbose_name = _("call budget")
        verbose_name_plural = _("call budgets")
