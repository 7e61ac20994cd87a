"""The same nouns in few tables: fewer rows to write than ours, for there is no history of traits and identities."""

from django.db import models


class WriteKey(models.Model):
    """Who may send."""

    digest = models.CharField(max_length=64, unique=True)


class Profile(models.Model):
    """A person."""

    created_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField()
    traits = models.JSONField(default=dict)


class Identifier(models.Model):
    """Whose a user id or a device is; `key` is "type:value"."""

    key = models.CharField(max_length=250, unique=True)
    profile = models.ForeignKey(Profile, on_delete=models.CASCADE)


class EventType(models.Model):
    """A kind of event."""

    name = models.CharField(max_length=200, unique=True)


class Event(models.Model):
    """What happened. The primary key is made of the message's id: nothing is stored twice."""

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
