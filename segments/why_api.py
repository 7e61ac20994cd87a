"""Why over the API: the conditions with what was seen, and what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rest_framework import serializers

from segments.explain import Explanation, explain
from segments.models import Cause, Segment
from segments.outlook import Outlook, outlook
from segments.transitions import KINDS


@dataclass(frozen=True)
class Why:
    """What is told of one person and one segment; there is an outlook of now only."""

    explanation: Explanation
    outlook: Outlook | None

    @classmethod
    def of(cls, segment: Segment, profile_id: int, at: datetime | None) -> Why:
        """Now, or at a past moment. RuleError as explain."""
        told = explain(segment, profile_id, at)
        return cls(told, None if at else outlook(segment, profile_id))


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition or a group, asked of one person: does it hold, and what was seen."""

    path = serializers.CharField()
    kind = serializers.CharField()
    sentence = serializers.CharField()
    holds = serializers.BooleanField(allow_null=True, help_text="Null: that cannot be told of the past.")
    saw = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Groups hold conditions, and groups."""
        return super().get_fields() | {"children": ConditionSerializer(many=True)}


class ChangeSerializer(serializers.Serializer[Any]):
    """At this moment they enter or leave, if nothing happens, because these conditions change."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(KINDS)
    because = serializers.ListField(child=serializers.CharField())
    unless = serializers.ListField(child=serializers.CharField(), help_text="Each of these prevents it.")


class WaySerializer(serializers.Serializer[Any]):
    """What alone would change the answer now, by the condition at this path."""

    path = serializers.CharField()
    words = serializers.CharField()


class LaterSerializer(serializers.Serializer[Any]):
    """From this moment on each of these would change the answer."""

    at = serializers.DateTimeField()
    ways = WaySerializer(many=True)


class OutlookSerializer(serializers.Serializer[Any]):
    """What comes next. `inside`: what the rule says now, and what was decided by hand."""

    inside = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    ways = WaySerializer(many=True)
    together = serializers.ListField(
        child=serializers.CharField(), help_text="Where nothing is enough alone: all of this together."
    )
    later = LaterSerializer(allow_null=True, help_text="Where nothing would now, and time alone does not.")
    complete = serializers.BooleanField(help_text="Whether all that time will change was looked at.")


class ExplanationSerializer(serializers.Serializer[Any]):
    """The rule of a moment asked of one person. `since` is when they had entered, null when the ledger has them out."""

    profile = serializers.IntegerField(source="explanation.profile_id")
    at = serializers.DateTimeField(source="explanation.at")
    rule = ConditionSerializer(source="explanation.rule")
    version = serializers.IntegerField(source="explanation.version", help_text="Whose rule was asked.")
    since = serializers.DateTimeField(source="explanation.membership.entered_at", allow_null=True, default=None)
    cause = serializers.ChoiceField(
        Cause.choices, source="explanation.membership.entered_cause", allow_null=True, default=None
    )
    outlook = OutlookSerializer(allow_null=True, help_text="Null for a moment of the past.")
