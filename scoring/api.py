"""The API of scores: what is scored and how, how many are in each band, and who has which score."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import api as profiles_api
from profiles.models import Profile
from scoring import distribution
from scoring.errors import ScoreError
from scoring.models import Score, ScoreModel

MOST = 1e15


class NumberFilter(filters.Filter):
    """A number; what is none, or no double could hold, is refused with 400."""

    field_class = forms.FloatField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=-MOST, max_value=MOST, **kwargs)


class ScoreFilter(filters.FilterSet):
    """Of one band, or between two values."""

    band = filters.CharFilter(help_text="The key of a band.")
    min_value = NumberFilter("value", "gte", help_text="At least so much.")
    max_value = NumberFilter("value", "lte", help_text="At most so much.")

    class Meta:
        model = Score
        fields: tuple[str, ...] = ()


class ReasonSerializer(serializers.Serializer[Any]):
    """A line of the sum that a score is."""

    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the field's own label
    points = serializers.FloatField()
    count = serializers.IntegerField(required=False, help_text="How often, where that says something.")


class HeldSerializer(serializers.ModelSerializer[Score]):
    """A score that somebody has. `since` is when they came into the band; the reasons add up to the value."""

    previous_band = serializers.CharField(allow_null=True)
    reasons = ReasonSerializer(many=True)

    class Meta:
        model = Score
        fields = ["value", "band", "since", "previous_band", "reasons", "computed_at", "version"]

    def to_representation(self, score: Score) -> dict[str, Any]:
        told = super().to_representation(score)
        return told | {"previous_band": score.previous_band or None}


class OwnScoreSerializer(HeldSerializer):
    """A score of a person, and which one it is."""

    score = serializers.CharField(source="model.slug")

    class Meta(HeldSerializer.Meta):
        fields = ["score", *HeldSerializer.Meta.fields]


class PersonScoreSerializer(HeldSerializer):
    """A person who has the score."""

    profile = serializers.IntegerField(source="profile_id")

    class Meta(HeldSerializer.Meta):
        fields = ["profile", *HeldSerializer.Meta.fields]


def _scores(person: Profile) -> Any:
    rows = Score.objects.filter(profile_id=person.pk, model__enabled=True).order_by("model__slug")
    return OwnScoreSerializer(rows.with_models(), many=True).data


profiles_api.register(profiles_api.Include("scores", lambda: OwnScoreSerializer(many=True), _scores))


class BandSerializer(serializers.Serializer[Any]):
    """A band and how many are in it."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, not the field's own label
    people = serializers.IntegerField()


class ScoreModelSerializer(serializers.ModelSerializer[ScoreModel]):
    """A score: its method and configuration, and whether it can be trusted. `error` says why it is frozen."""

    class Meta:
        model = ScoreModel
        fields = [
            *("slug", "name", "description", "method", "config", "enabled", "error", "people"),
            *("version", "computed_version", "computed_at", "duration_ms", "created_at"),
        ]
        read_only_fields = fields


class DetailedScoreModelSerializer(ScoreModelSerializer):
    """The same, with its bands from the lowest to the highest."""

    bands = BandSerializer(many=True)

    class Meta(ScoreModelSerializer.Meta):
        fields = [*ScoreModelSerializer.Meta.fields, "bands"]
        read_only_fields = fields


class ScoreViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Scores, by slug."""

    queryset = ScoreModel.objects.all()
    serializer_class = ScoreModelSerializer
    filterset_fields = ("method", "enabled")
    filterset_class: type[filters.FilterSet] | None = None
    lookup_field = "slug"
    lookup_value_regex = r"[-\w]+"
    needs = {"people": ("scoring.view_scoremodel", "profiles.view_profile")}
    page_by = "pk"

    @extend_schema(responses=DetailedScoreModelSerializer)
    def retrieve(self, request: Request, slug: str) -> Response:
        """A score, with how many people are in each band."""
        model = self.get_object()
        sizes = distribution.sizes(model)
        bands = [{"key": key, "label": label, "people": sizes.get(key, 0)} for key, label in _bands(model)]
        return Response(ScoreModelSerializer(model).data | {"bands": bands})

    @extend_schema(
        parameters=[OpenApiParameter("slug", str, OpenApiParameter.PATH)], responses=PersonScoreSerializer(many=True)
    )
    # The description of the filters looks at the queryset's model.
    @action(
        detail=True,
        page_by="profile_id",
        filterset_fields=(),
        filterset_class=ScoreFilter,
        queryset=Score.objects.none(),
    )
    def people(self, request: Request, slug: str) -> Response:
        """Who has the score, with value, band and reasons."""
        # The filters are those of people, the slug is that of a score.
        model = get_object_or_404(ScoreModel, slug=slug)
        scores: Any = self.paginate_queryset(self.filter_queryset(Score.objects.filter(model=model)))
        for score in scores:
            score.model = model
        return self.get_paginated_response(PersonScoreSerializer(scores, many=True).data)

    def get_queryset(self) -> QuerySet[Any]:
        return Score.objects.none() if self.action == "people" else ScoreModel.objects.all()


def _bands(model: ScoreModel) -> list[tuple[str, str]]:
    try:
        return [(band.key, band.label) for band in model.read().bands]
    except ScoreError:
        return []
