"""The API of segments: who is in, who entered and left, what a rule would match, and why."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
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
from segments.explain import explain
from segments.models import Cause, Membership, Segment
from segments.preview import preview
from segments.publish import publish
from segments.transitions import KINDS, Feed, Transition

# Whoever reads who is in reads about people.
_PEOPLE_IN = ("segments.view_segment", "profiles.view_profile")
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


class ConditionSerializer(serializers.Serializer[Any]):
    """A condition or a group, asked of one person: does it hold, and what was seen."""

    path = serializers.CharField()
    kind = serializers.CharField()
    sentence = serializers.CharField()
    holds = serializers.BooleanField()
    saw = serializers.CharField()

    def get_fields(self) -> dict[str, Any]:
        """Groups hold conditions, and groups."""
        return super().get_fields() | {"children": ConditionSerializer(many=True)}


class ExplanationSerializer(serializers.Serializer[Any]):
    """The rule asked of one person now. `since` is when they entered, null when the ledger has them out."""

    profile = serializers.IntegerField(source="profile_id")
    at = serializers.DateTimeField()
    rule = ConditionSerializer()
    since = serializers.DateTimeField(source="membership.entered_at", allow_null=True, default=None)
    cause = serializers.ChoiceField(Cause.choices, source="membership.entered_cause", allow_null=True, default=None)


class Broken(APIException):
    """Asked of a segment whose rule cannot be checked any more."""

    status_code = 409


class SegmentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Segments, by slug."""

    queryset = Segment.objects.all()
    serializer_class = SegmentSerializer
    filterset_fields = ("state",)
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"
    needs = {"members": _PEOPLE_IN, "transitions": _PEOPLE_IN, "preview": _PEOPLE_IN, "explain": _PEOPLE_IN}
    page_by = "pk"

    @extend_schema(responses={201: SegmentSerializer})
    def create(self, request: Request) -> Response:
        """Make a segment. Its members follow within seconds; `computed_at` says when."""
        new = SegmentSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        segment = _save(Segment(), new.validated_data, request)
        return Response(SegmentSerializer(segment).data, status=201)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the name, the description or the rule; another rule becomes the next version."""
        segment = self.get_object()
        edit = SegmentSerializer(segment, data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        return Response(SegmentSerializer(_save(segment, edit.validated_data, request)).data)

    @extend_schema(responses=MemberSerializer(many=True), filters=False)
    @action(detail=True, page_by="profile_id", filterset_fields=())
    def members(self, request: Request, slug: str) -> Response:
        """Who is in now."""
        people = self.paginate_queryset(Membership.objects.open().filter(segment=self.get_object()))
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
            raise _refused(rule, error) from error
        sizes = {"enters": len(seen.enters), "leaves": len(seen.leaves)}
        return Response(PreviewSerializer(vars(seen) | sizes).data)

    @extend_schema(
        parameters=[OpenApiParameter("profile", str, required=True, description="email:anna@example.org, or id:17")],
        responses=ExplanationSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_fields=())
    def explain(self, request: Request, slug: str) -> Response:
        """Why somebody is in, or not: each condition, whether it holds, and what was seen."""
        segment = self.get_object()
        kind, colon, value = request.query_params.get("profile", "").partition(":")
        if not colon:
            raise ValidationError({"profile": [_("Say whom: profile=<type>:<value>.")]})
        person = find(kind, value)
        if person is None:
            raise NotFound(_("Nobody is known by this identifier."))
        try:
            return Response(ExplanationSerializer(explain(segment, person.pk)).data)
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


def _save(segment: Segment, values: dict[str, Any], request: Request) -> Segment:
    rule = values.pop("rule", segment.rule)
    for name, value in values.items():
        setattr(segment, name, value)
    if segment.pk and rule == segment.rule and segment.state == Segment.State.LIVE:
        segment.save(update_fields=list(values))
        return segment
    try:
        return publish(segment, rule, request.user if request.user.is_authenticated else None)
    except RuleError as error:
        raise _refused(rule, error) from error
    except IntegrityError as error:  # somebody was faster with this slug
        raise ValidationError({"slug": [_("A segment with this slug exists already.")]}) from error


def _refused(rule: Any, error: RuleError) -> ValidationError:
    """The error at its place in the JSON that was sent: a path counts conditions, JSON names their groups too."""
    detail: Any = [error.message]
    place = ["rule"]
    for step in filter(None, error.path.split(".")):
        group = next(iter(rule))
        place += [group, step]
        rule = rule[group][int(step)]
    for key in reversed(place):
        detail = {key: detail}
    return ValidationError(detail)
