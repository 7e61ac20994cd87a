"""What was accepted and not yet applied, what could not be, and the visits that came of the rest."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from profiles.refusals import Reason


class Inbox(models.Model):
    """One request, acknowledged and not yet applied. The body is kept as it came, inflated."""

    source = models.ForeignKey("profiles.Source", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    # What the address said: "batch", or the type of its only message ("track", "identify", ...).
    kind = models.CharField(max_length=10)
    messages = models.IntegerField()
    received_at = models.DateTimeField()
    body = models.BinaryField()

    class Meta:
        verbose_name = _("accepted request")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Quarantine(models.Model):
    """A message that could not be applied, why, and as it came. It can be replayed after a fix."""

    source = models.ForeignKey("profiles.Source", on_delete=models.CASCADE, verbose_name=_("source"))
    # As in Inbox; empty for one message out of a batch.
    kind = models.CharField(_("kind"), max_length=10, blank=True)
    # A code of refusals.Reason, and words with the detail.
    reason = models.CharField(_("reason"), max_length=40, db_index=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    payload = models.BinaryField(_("payload"))
    received_at = models.DateTimeField(_("received"))
    # When its batch was sent, by the sender's clock: a replay corrects the skew as the first try did.
    sent_at = models.DateTimeField(null=True, editable=False)
    replayed_at = models.DateTimeField(_("replayed"), null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message in quarantine")
        verbose_name_plural = _("quarantine")

    def __str__(self) -> str:
        return f"{dict(Reason.choices).get(self.reason, self.reason)} · {self.pk}"


class Overflow(models.Model):
    """How many refused messages of a source were not kept, for its quarantine was full. Nothing vanishes unsaid."""

    source = models.OneToOneField(
        "profiles.Source", on_delete=models.CASCADE, primary_key=True, verbose_name=_("source")
    )
    messages = models.BigIntegerField(_("messages not kept"), default=0)
    last_at = models.DateTimeField(_("last"))

    class Meta:
        verbose_name = _("full quarantine")
        verbose_name_plural = _("full quarantines")

    def __str__(self) -> str:
        return f"{self.source_id}: {self.messages}"


class Context(models.Model):
    """The circumstances that events of a browser came in, each kept once. `id` is a digest of the rest.

    An event names them by `context_id`, so that its visit can be computed again. `arrival` tells two clicks
    on the same advertisement apart without keeping the click's id; 0 where no campaign brought anybody.
    """

    id = models.BigIntegerField(primary_key=True)
    user_agent = models.TextField(blank=True)
    # As sent, as JSON text; "" where nothing was said.
    consent = models.TextField(blank=True)
    origin = models.TextField()
    medium = models.TextField(blank=True)
    campaign = models.TextField(blank=True)
    term = models.TextField(blank=True)
    content = models.TextField(blank=True)
    click_id = models.TextField(blank=True)
    referrer = models.TextField(blank=True)
    arrival = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("context of events")
        verbose_name_plural = _("contexts of events")


class Visit(models.Model):
    """One visit of a person to a website or an app: see visits.py for when it begins and ends.

    `number` counts the visits of a person, from 1; 0 for bots, which are kept apart. `value` is in minor units of
    the project's currency. `event_id` is that of the event "Visit Started", which rules ask.
    """

    class Why(models.TextChoices):
        FIRST = "first", _("first visit")
        INACTIVITY = "inactivity", _("after 30 minutes without activity")
        MIDNIGHT = "midnight", _("a new day")
        CAMPAIGN = "campaign", _("a new campaign")

    pk = models.CompositePrimaryKey("profile_id", "started_at", "event_id")
    profile_id = models.BigIntegerField()
    started_at = models.DateTimeField(_("started"))
    event_id = models.UUIDField()
    source = models.ForeignKey("profiles.Source", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    bot = models.BooleanField(_("bot"), default=False)
    number = models.IntegerField(_("number"), default=0)
    ended_at = models.DateTimeField(_("last activity"))
    why = models.CharField(_("why it started"), max_length=10, choices=Why)
    pages = models.IntegerField(_("pages"), default=0)
    events = models.IntegerField(_("events"), default=0)
    landing_page = models.TextField(_("landing page"), blank=True)
    exit_page = models.TextField(_("exit page"), blank=True)
    referrer = models.TextField(_("referrer"), blank=True)
    # utm_source, else what the click id or the referrer says; "(direct)" when nothing does.
    origin = models.TextField(_("source"))
    medium = models.TextField(_("medium"), blank=True)
    campaign = models.TextField(_("campaign"), blank=True)
    term = models.TextField(_("term"), blank=True)
    content = models.TextField(_("content"), blank=True)
    # Which kind of click id brought it: "gclid".
    click_id = models.TextField(_("click id"), blank=True)
    arrival = models.BigIntegerField(default=0, editable=False)
    channel = models.TextField(_("channel"))
    device = models.TextField(_("device"), blank=True)
    browser = models.TextField(_("browser"), blank=True)
    os = models.TextField(_("operating system"), blank=True)
    # What was said of consent when it began; null where nothing was.
    consent = models.JSONField(_("consent"), null=True)
    value = models.BigIntegerField(_("order value"), default=0)
    converted = models.BooleanField(_("with an order"), default=False)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes = [models.Index(fields=["started_at"], name="visit_started")]


class Purchase(models.Model):
    """An order or refund that a server told us of: it counts for the visit that it happened in."""

    pk = models.CompositePrimaryKey("profile_id", "at", "message_id")
    profile_id = models.BigIntegerField()
    at = models.DateTimeField()
    message_id = models.UUIDField()
    order = models.BooleanField()
    value = models.BigIntegerField()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")


class MergesFollowed(models.Model):
    """Up to which row of profiles.Merge visits have followed. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    merge_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("merges followed")
        verbose_name_plural = _("merges followed")
