"""Who tells us."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

_country = RegexValidator(r"^[A-Z]{2}$", _("Two capital letters, such as FR."))


class Source(models.Model):
    """Who told us, and how far it is believed.

    A browser's key is public, so what it may do is restricted: see identity.py and traits.py.
    Of two values for a trait, the one from the source with the higher `precedence` wins.
    """

    class Kind(models.TextChoices):
        BROWSER = "browser", _("website or app (public key)")
        SERVER = "server", _("server (secret key)")
        FILE = "file", _("file")
        CONNECTION = "connection", _("connected system")
        # What Kith derives itself: visits, moves of scores and deals. It has no key.
        HOUSE = "house", _("Kith itself")

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SERVER)
    precedence = models.PositiveSmallIntegerField(
        _("precedence"), default=50, help_text=_("Of two values for a trait, the higher one wins.")
    )
    country = models.CharField(
        _("default country"),
        max_length=2,
        blank=True,
        validators=[_country],
        help_text=_("Completes phone numbers written without a country, for example FR."),
    )
    purpose = models.CharField(_("purpose"), max_length=80, blank=True)
    allowed_origins = models.JSONField(
        _("allowed origins"),
        default=list,
        blank=True,
        help_text=_('Websites that may use this key, for example ["https://shop.example"]. Empty: any.'),
    )
    quarantine_quota = models.PositiveIntegerField(
        _("quarantine quota"), default=10_000, help_text=_("Messages kept in quarantine at most.")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name


class WriteKey(models.Model):
    """A key with which a source writes: hashed at rest, shown once. Several may be valid during a rotation.

    `digest` is the SHA-256 of the key (which is long and random, so that a slow hash would add nothing).
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(_("begins with"), max_length=12)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)

    class Meta:
        verbose_name = _("write key")
        verbose_name_plural = _("write keys")

    def __str__(self) -> str:
        return f"{self.hint}…"
