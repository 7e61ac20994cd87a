"""The API of events: what people did, newest first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.event_feed import EventFeed, TooMuchError
from profiles.filters import MomentFilter, WholeNumberFilter
from profiles.models import Event


class EventFilter(filters.FilterSet):
    """Of whom, what, from whom and when. Gives the feed of these events."""

    profile = WholeNumberFilter(help_text="Of this person: our own number.")
    name = filters.CharFilter(max_length=200, help_text="Of this kind, exactly as it was sent: Order Completed.")
    source = WholeNumberFilter(help_text="Told by this source.")
    since = MomentFilter(help_text="At this time or later.")
    until = MomentFilter(help_text="Before this time.")

    class Meta:
        model = Event
        fields: list[str] = []

    def filter_queryset(self, _events: Any) -> Any:
        """The feed: a page of it is read along an index, which a queryset with offsets would not be."""
        return EventFeed(**{name: value for name, value in self.form.cleaned_data.items() if value not in {None, ""}})


class EventSerializer(serializers.Serializer[Any]):
    """It happened to this person, then."""

    id = serializers.UUIDField()
    profile = serializers.IntegerField()
    name = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    value = serializers.IntegerField(
        allow_null=True, help_text="Money in minor units of the project's currency; negative for a refund."
    )
    source = serializers.IntegerField()  # type: ignore[assignment]  # a serializer moves its fields elsewhere
    properties = serializers.DictField()


class EventViewSet(viewsets.GenericViewSet[Event]):
    """What people did."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    needs = {"list": ("profiles.view_event", "profiles.view_profile")}

    def list(self, request: Request) -> Response:
        """Events, newest first: of everybody, of one person, of one kind. `cursor` leads to older ones."""
        try:
            events: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        except TooMuchError as error:
            raise ParseError(_("This would take too long: narrow it by profile, name or time.")) from error
        return self.get_paginated_response(EventSerializer(events, many=True).data)
