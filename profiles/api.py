"""The API of people and of the sources that tell us about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from profiles import keys
from profiles.lookup import find
from profiles.models import Identifier, Profile, ProfileStat, Source


@dataclass(frozen=True)
class Include:
    """A part of what is told about a person: asked for by `include=<key>`, read by at most a few queries.

    `field` makes the serializer field that describes what `read` returns.
    """

    key: str
    field: Callable[[], serializers.Field[Any, Any, Any, Any]]
    read: Callable[[Profile], Any]


_includes: dict[str, Include] = {}


def register(include: Include) -> None:
    """Add a part; a room above tells what it knows of a person."""
    _includes[include.key] = include


class IdentifierSerializer(serializers.ModelSerializer[Identifier]):
    """What names a person."""

    type = serializers.CharField(source="type_id")

    class Meta:
        model = Identifier
        fields = ["type", "value", "first_seen"]


def _identifiers(person: Profile) -> Any:
    rows = Identifier.objects.filter(profile_id=person.pk).order_by("type__rank", "first_seen", "id")
    return IdentifierSerializer(rows, many=True).data


register(Include("traits", serializers.DictField, lambda person: person.traits))
register(Include("identifiers", lambda: IdentifierSerializer(many=True), _identifiers))


class ProfileSerializer(serializers.ModelSerializer[Profile]):
    """A person: what they are called, when they were here, and the parts asked for."""

    name = serializers.CharField(read_only=True)
    first_seen = serializers.DateTimeField(read_only=True, allow_null=True)
    last_seen = serializers.DateTimeField(read_only=True, allow_null=True)
    events = serializers.IntegerField(read_only=True)

    class Meta:
        model = Profile
        fields = ["id", "name", "created_at", "first_seen", "last_seen", "events"]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The person's own fields; in the schema the parts too, which any answer may leave out."""
        fields = super().get_fields()
        for include in _includes.values():
            fields[include.key] = include.field()
            fields[include.key].read_only = True
            fields[include.key].required = False
        return fields

    def to_representation(self, person: Profile) -> dict[str, Any]:
        stat = ProfileStat.objects.filter(pk=person.pk).first()
        moments = {
            "created_at": person.created_at,
            "first_seen": stat and stat.first_seen,
            "last_seen": stat and stat.last_seen,
        }
        told = {"id": person.pk, "name": person.name, "events": stat.events if stat else 0}
        told |= {name: moment and self.fields[name].to_representation(moment) for name, moment in moments.items()}
        return told | {key: _includes[key].read(person) for key in self.context["include"]}


class LookupSerializer(serializers.Serializer[Any]):
    """An identifier, in the body so that it reaches no log."""

    type = serializers.CharField(max_length=80)
    value = serializers.CharField(max_length=2000, trim_whitespace=False)


_INCLUDE = OpenApiParameter(
    "include", str, description="Parts to tell, separated by commas. Default: all of them.", required=False
)


class ProfileViewSet(viewsets.GenericViewSet[Profile]):
    """People, by any identifier. Who was merged into somebody else is found as that person."""

    queryset = Profile.objects.all()
    serializer_class = ProfileSerializer
    lookup_url_kwarg = "identifier"
    # Values may hold "/" and ":": everything behind the first colon is the value.
    lookup_value_regex = r"[\w-]+:[\s\S]+"
    filter_backends = ()
    needs = {"lookup": ("profiles.view_profile",)}

    @extend_schema(
        parameters=[
            OpenApiParameter("identifier", str, OpenApiParameter.PATH, description="email:anna@example.org, or id:17"),
            _INCLUDE,
        ]
    )
    def retrieve(self, request: Request, identifier: str) -> Response:
        """The person whom `<type>:<value>` names; `id:<n>` is our own number."""
        kind, _colon, value = identifier.partition(":")
        return self._tell(request, kind, value)

    @extend_schema(parameters=[_INCLUDE], request=LookupSerializer, responses=ProfileSerializer)
    @action(detail=False, methods=["post"])
    def lookup(self, request: Request) -> Response:
        """The same, with the identifier in the body: no address reaches a log on the way."""
        asked = LookupSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._tell(request, asked.validated_data["type"], asked.validated_data["value"])

    def _tell(self, request: Request, kind: str, value: str) -> Response:
        include = _asked(request.query_params.get("include"))
        person = find(kind, value)
        if person is None:
            raise NotFound(_("Nobody is known by this identifier."))
        return Response(ProfileSerializer(person, context={"include": include}).data)


def _asked(text: str | None) -> Iterable[str]:
    if text is None:
        return list(_includes)
    asked = [part for part in text.split(",") if part]
    if unknown := set(asked) - _includes.keys():
        message = _("Unknown: %(parts)s. There are: %(known)s.")
        raise serializers.ValidationError(
            {"include": [message % {"parts": ", ".join(sorted(unknown)), "known": ", ".join(sorted(_includes))}]}
        )
    return asked


class SourceSerializer(serializers.ModelSerializer[Source]):
    """Who tells us. A key is not part of it: it is shown once, when it is made."""

    class Meta:
        model = Source
        fields = [
            *("id", "name", "kind", "precedence", "country", "purpose"),
            *("allowed_origins", "quarantine_quota", "enabled", "created_at"),
        ]

    allowed_origins = serializers.ListField(child=serializers.CharField(max_length=200), required=False)


class NewSourceSerializer(SourceSerializer):
    """A source just made, with its key."""

    key = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(SourceSerializer.Meta):
        fields = [*SourceSerializer.Meta.fields, "key"]


class RotationSerializer(serializers.Serializer[Any]):
    """For how long the keys of before stay valid."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=24 * 90, default=24)


class KeySerializer(serializers.Serializer[Any]):
    """A new key, shown this once."""

    key = serializers.CharField()


class SourceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, viewsets.GenericViewSet[Source]
):
    """Who tells us about people, and the keys they write with."""

    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    filterset_fields = ("kind", "enabled")
    lookup_value_regex = "[0-9]{1,18}"
    needs = {"rotate": ("profiles.change_source",)}

    @extend_schema(responses={201: NewSourceSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a source. The answer holds its key, which is never shown again."""
        new = SourceSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        with transaction.atomic():
            source = new.save()
            key = keys.issue(source)
        return Response(SourceSerializer(source).data | {"key": key}, status=201)

    @extend_schema(request=RotationSerializer, responses=KeySerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Make a new key; those of before stay valid for a while, so that no message is lost."""
        source = self.get_object()
        wish = RotationSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        return Response({"key": keys.rotate(source, timedelta(hours=wish.validated_data["overlap_hours"]))})
