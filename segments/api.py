"""The API of segments: who is in, who entered and left, what a rule would match, and why."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django_filters.rest_framework import FilterSet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import api as profiles_api
from profiles.lookup import find
from profiles.models import Profile
from segments import explain, preview, rules
from segments.errors import RuleError
from segments.models import Cause, Membership, Segment
from segments.publish import publish
from segments.transitions import Feed, Transition

# Words that follow /segments/ in an address and are no segment.
_RESERVED = {"preview"}


def _slugs(person: Profile) -> list[str]:
    rows = Membership.objects.open().filter(profile_id=person.pk).order_by("segment__slug")
    return list(rows.values_list("segment__slug", flat=True))


profiles_api.register(
    profiles_api.Include("segments", lambda: serializers.ListField(child=serializers.SlugField()), _slugs)
)


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """A segment: its rule, its size, and whether it can be trusted."""

    class Meta:
        model = Segment
        fields = [
            *("slug", "name", "description", "rule", "state", "error", "size"),
            *("version", "computed_version", "computed_at", "duration_ms", "created_at"),
        ]
        read_only_fields = ["state", "error", "size", "version", "computed_version", "computed_at", "duration_ms"]

    rule = serializers.JSONField()

    def validate_slug(self, slug: str) -> str:
        """A slug is how rules and other systems call the segment: it never changes."""
        if slug in _RESERVED:
            raise ValidationError(_("This word is taken: choose another slug."))
        if self.instance and slug != self.instance.slug:
            raise ValidationError(_("The slug cannot change."))
        return slug


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody who is in, since when and because of what."""

    profile = serializers.IntegerField(source="profile_id")
    since = serializers.DateTimeField(source="entered_at")
    cause = serializers.ChoiceField(Cause.choices, source="entered_cause")

    class Meta:
        model = Membership
        fields = ["profile", "since", "cause", "version"]


class TransitionSerializer(serializers.Serializer[Transition]):
    """Somebody entered or left."""

    profile = serializers.IntegerField()
    segment = serializers.SlugField()
    kind = serializers.ChoiceField(["entered", "left"])
    at = serializers.DateTimeField()
    cause = serializers.ChoiceField(Cause.choices)
    run = serializers.IntegerField()


class SegmentFilter(FilterSet):
    class Meta:
        model = Segment
        fields = ["state"]


class SegmentViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Segment]
):
    """Segments, by slug."""

    queryset = Segment.objects.all()
    serializer_class = SegmentSerializer
    filterset_class = SegmentFilter
    lookup_field = "slug"
