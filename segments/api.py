"""The API of segments: who is in, who entered and left, what a rule would match, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import api as profiles_api
from profiles.lookup import find
from profiles.models import Profile
from segments.errors import RuleError
from segments.models import Cause, Membership, Segment
from segments.past_api import PastSerializer, past_members
from segments.preview import preview
from segments.transitions import KINDS, Feed, Transition
from segments.why_api import ExplanationSerializer, Why
from segments.writing_api import NEEDS, SegmentSerializer, Writing, refused

# Whoever reads who is in reads about people.
_PEOPLE_IN = ("segments.view_segment", "profiles.view_profile")


def _slugs(person: Profile) -> list[str]:
    rows = Membership.objects.open().filter(profile_id=person.pk).order_by("segment__slug")
    return list(rows.values_list("segment__slug", flat=True))


profiles_api.register(
    profiles_api.Include("segments", lambda: serializers.ListField(child=serializers.SlugField()), _slugs)
)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """Somebody who is in, since when and because of what."""

    profile = serializers.IntegerField(source="profile_id")
    since = serializers.DateTimeField(
        source="entered_at", allow_null=True, help_text="Null for `rule=now`: they would have been in."
    )
    cause = serializers.ChoiceField(Cause.choices, source="entered_cause", allow_null=True)

    class Meta:
        model = Membership
        fields = ["profile", "since", "cause", "version"]


class TransitionSerializer(serializers.Serializer[Transition]):
    """Somebody entered or left."""

    profile = serializers.IntegerField()
    segment = serializers.SlugField()
    kind = serializers.ChoiceField(KINDS)
    at = serializers.DateTimeField()
    cause = serializers.ChoiceField(Cause.choices)
    run = serializers.IntegerField()


class DraftSerializer(serializers.Serializer[Any]):
    """A rule to try; with the slug of a segment, who would enter it and who would leave."""

    rule = serializers.JSONField()
    segment = serializers.SlugRelatedField(
        slug_field="slug", queryset=Segment.objects.all(), required=False, allow_null=True
    )


class NoteSerializer(serializers.Serializer[Any]):
    """Something worth knowing about a condition."""

    path = serializers.CharField()
    message = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What a rule gives now. A path is the position of a condition: "" the whole rule, "0.2" the third of the first."""

    total = serializers.IntegerField()
    everybody = serializers.IntegerField()
    sentence = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="People by path.")
    sentences = serializers.DictField(child=serializers.CharField(), help_text="Plain words by path.")
    sample = serializers.ListField(child=serializers.IntegerField(), help_text="Some of the people.")
    enters = serializers.IntegerField(help_text="How many would enter the segment.")
    leaves = serializers.IntegerField(help_text="How many would leave it.")
    notes = NoteSerializer(many=True)
    duration_ms = serializers.IntegerField()


class Broken(APIException):
    """Asked of a segment whose rule cannot be checked any more."""

    status_code = 409


class SegmentViewSet(Writing, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Segments, by slug."""

    queryset = Segment.objects.select_related("draft__author")
    serializer_class = SegmentSerializer
    filterset_fields = ("state",)
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"
    needs = {"members": _PEOPLE_IN, "transitions": _PEOPLE_IN, "preview": _PEOPLE_IN, "explain": _PEOPLE_IN, **NEEDS}
    page_by = "pk"

    @extend_schema(parameters=[PastSerializer], responses=MemberSerializer(many=True), filters=False)
    @action(detail=True, page_by="profile_id", filterset_fields=())
    def members(self, request: Request, slug: str) -> Response:
        """Who is in now; with `at`, who was in then, or (`rule=now`) who would have been by today's rule."""
        segment, past = self.get_object(), PastSerializer.read(request)
        try:
            rows: Any = past_members(segment, **past)
            people = self.paginate_queryset(rows)
        except RuleError as error:
            raise Broken(error.message) from error
        return self.get_paginated_response(MemberSerializer(people, many=True).data)

    @extend_schema(responses=TransitionSerializer(many=True), filters=False)
    @action(detail=True, filterset_fields=())
    def transitions(self, request: Request, slug: str) -> Response:
        """Who entered and who left, oldest first. Keep the last `cursor`, and ask again later for what is new."""
        feed: Any = Feed(self.get_object())
        moves: Any = self.paginate_queryset(feed)
        return self.get_paginated_response(TransitionSerializer(moves, many=True).data)

    @extend_schema(request=DraftSerializer, responses=PreviewSerializer, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_fields=())
    def preview(self, request: Request) -> Response:
        """What a rule would give, condition by condition. Nothing is saved."""
        draft = DraftSerializer(data=request.data)
        draft.is_valid(raise_exception=True)
        rule = draft.validated_data["rule"]
        try:
            seen = preview(rule, draft.validated_data.get("segment"))
        except RuleError as error:
            raise refused(rule, error, request) from error
        sizes = {"enters": len(seen.enters), "leaves": len(seen.leaves)}
        return Response(PreviewSerializer(vars(seen) | sizes).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("profile", str, required=True, description="email:anna@example.org, or id:17"),
            OpenApiParameter("at", datetime, description="A moment of the past: by the rule of then."),
        ],
        responses=ExplanationSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_fields=())
    def explain(self, request: Request, slug: str) -> Response:
        """Why somebody is in, or was, or not: each condition, whether it holds, and what was seen."""
        segment, past = self.get_object(), PastSerializer.read(request)
        kind, colon, value = request.query_params.get("profile", "").partition(":")
        if not colon:
            raise ValidationError({"profile": [_("Say whom: profile=<type>:<value>.")]})
        person = find(kind, value)
        if person is None:
            raise NotFound(_("Nobody is known by this identifier."))
        try:
            return Response(ExplanationSerializer(Why.of(segment, person.pk, past["at"])).data)
        except RuleError as error:
            raise Broken(str(error)) from error


class TransitionViewSet(viewsets.GenericViewSet[Any]):
    """Everything that moved."""

    serializer_class = TransitionSerializer
    filter_backends = ()
    needs = {"list": _PEOPLE_IN}

    def list(self, request: Request) -> Response:
        """Who entered and who left which segment, oldest first. Keep the last `cursor`, and ask again later."""
        feed: Any = Feed()
        moves: Any = self.paginate_queryset(feed)
        return self.get_paginated_response(TransitionSerializer(moves, many=True).data)
