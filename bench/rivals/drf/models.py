"""The same nouns in fewer tables: no history of identities, no accounts, no limits, no partitions."""

from django.db import models


class WriteKey(models.Model):
    """Who may send."""

    digest = models.CharField(max_length=64, unique=True)


class SeenMessage(models.Model):
    """A message that was applied: an old one that comes again must not overwrite what came after it."""

    id = models.UUIDField(primary_key=True)


class Profile(models.Model):
    """A person, as known now."""

    created_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField()
    events = models.BigIntegerField(default=0)
    traits = models.JSONField(default=dict)


class TraitValue(models.Model):
    """What was said about a person, and when: never overwritten."""

    profile = models.ForeignKey(Profile, on_delete=models.CASCADE)
    key = models.CharField(max_length=120)
    value = models.JSONField()
    since = models.DateTimeField()


class Change(models.Model):
    """About whom something moved, for whoever keeps segments."""

    profile_id = models.BigIntegerField()
    topic = models.TextField()


class Identifier(models.Model):
    """Whose a user id or a device is; `key` is "type:value"."""

    key = models.CharField(max_length=250, unique=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE)


class EventType(models.Model):
    """A kind of event."""

    name = models.CharField(max_length=200, unique=True)


class Event(models.Model):
    """What happened. The primary key is made of the message's id."""

    id = models.UUIDField(primary_key=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE, db_index=False)
    name = models.ForeignKey(EventType, on_delete=models.PROTECT, db_index=False)
    occurred_at = models.DateTimeField()
    value = models.BigIntegerField(null=True)
    properties = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["profile", "occurred_at"]),
            models.Index(fields=["name", "occurred_at"], include=["profile", "value"], name="name_time"),
        ]
