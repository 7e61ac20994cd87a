"""The shape of a request."""

from rest_framework import serializers


class MessageSerializer(serializers.Serializer):
    """One message."""

    type = serializers.ChoiceField(["track", "page", "identify"])
    messageId = serializers.CharField(max_length=200)
    userId = serializers.CharField(max_length=200, required=False)
    anonymousId = serializers.CharField(max_length=200, required=False)
    event = serializers.CharField(max_length=200, required=False)
    timestamp = serializers.DateTimeField()
    properties = serializers.DictField(required=False, default=dict)
    traits = serializers.DictField(required=False, default=dict)
    context = serializers.DictField(required=False, default=dict)


class BatchSerializer(serializers.Serializer):
    """A request."""

    batch = MessageSerializer(many=True)
    sentAt = serializers.DateTimeField(required=False)
