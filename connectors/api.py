"""The API of connections: their runs, what could not be written, and the deals that were read."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from connectors import dead_letters
from connectors.models import Connection, DeadLetter, Deal, SyncRun
from profiles.filters import MomentFilter, WholeNumberFilter

_ID = "[0-9]{1,18}"
_OF_CONNECTION = "Of this connection: its short name."
_OF_OBJECT = "Of this object of the system."


class ProblemSerializer(serializers.Serializer[Any]):
    """A field of the mapping that does not fit, and is left out until it does."""

    object = serializers.CharField()
    remote = serializers.CharField()
    words = serializers.CharField()


class ConnectionSerializer(serializers.ModelSerializer[Connection]):
    """An account at another system. Its credentials are never told."""

    problems = ProblemSerializer(many=True, read_only=True, help_text="What is wrong with the mapping.")

    class Meta:
        model = Connection
        fields = [
            *("slug", "name", "adapter", "state", "words", "paused_until"),
            *("enabled", "every", "problems", "checked_at", "created_at"),
        ]
        read_only_fields = fields
        extra_kwargs = {
            "words": {"help_text": "What the system said last, if it refused us."},
            "every": {"help_text": "Seconds between two runs."},
        }


class ConnectionFilter(filters.FilterSet):
    """Which connections."""

    class Meta:
        model = Connection
        fields = ["state", "enabled"]


class ConnectionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Connection]):
    """Other systems that Kith reads from and writes to."""

    queryset = Connection.objects.all()
    serializer_class = ConnectionSerializer
    filterset_class = ConnectionFilter
    lookup_field = "slug"
    lookup_value_regex = "[a-z0-9_]{1,24}"


class RunFilter(filters.FilterSet):
    """Which runs."""

    connection = filters.CharFilter("connection__slug", max_length=24, help_text=_OF_CONNECTION)
    object = filters.CharFilter(max_length=40, help_text=_OF_OBJECT)
    since = MomentFilter("started_at", "gte", help_text="Begun at this time or later.")

    class Meta:
        model = SyncRun
        fields = ["direction", "state", "dry_run"]


class RunSerializer(serializers.ModelSerializer[SyncRun]):
    """One run over one object: how much was read and written, and what stopped it."""

    connection = serializers.SlugRelatedField[Connection](slug_field="slug", read_only=True)

    class Meta:
        model = SyncRun
        fields = [
            *("id", "connection", "object", "direction", "state", "dry_run", "full", "started_at", "finished_at"),
            *("total", "read", "changed", "written", "skipped", "failed", "calls", "error"),
        ]


class RunViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[SyncRun]):
    """Runs of connections, the last first: `cursor` leads to earlier ones."""

    queryset = SyncRun.objects.select_related("connection")
    serializer_class = RunSerializer
    filterset_class = RunFilter
    lookup_value_regex = _ID
    page_by = "-pk"


class DeadLetterFilter(filters.FilterSet):
    """Which dead letters."""

    connection = filters.CharFilter("connection__slug", max_length=24, help_text=_OF_CONNECTION)
    object = filters.CharFilter(max_length=40, help_text=_OF_OBJECT)
    profile = WholeNumberFilter(field_name="profile_id", help_text="About this person: our own number.")
    resolved = filters.BooleanFilter("resolved_at", "isnull", exclude=True, help_text="Whether it is done with.")

    class Meta:
        model = DeadLetter
        fields = ["direction"]


class DeadLetterSerializer(serializers.ModelSerializer[DeadLetter]):
    """A record that one side refused, in its own words, and when it is tried again."""

    connection = serializers.SlugRelatedField[Connection](slug_field="slug", read_only=True)
    profile = serializers.IntegerField(source="profile_id", allow_null=True)
    payload = serializers.JSONField(help_text="What is written; of a record that was read, what it said.")

    class Meta:
        model = DeadLetter
        fields = [
            *("id", "connection", "object", "direction", "remote_id", "profile", "payload", "edited"),
            *("words", "tries", "next_at", "created_at", "resolved_at"),
        ]


class DeadLetterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[DeadLetter]):
    """What one side refused, and why."""

    queryset = DeadLetter.objects.select_related("connection")
    serializer_class = DeadLetterSerializer
    filterset_class = DeadLetterFilter
    lookup_value_regex = _ID
    needs = dict.fromkeys(("list", "retrieve"), ("connectors.view_deadletter", "profiles.view_profile")) | {
        "retry": ("connectors.change_deadletter", "profiles.view_profile")
    }

    @extend_schema(request=None, responses=DeadLetterSerializer, filters=False)
    @action(detail=True, methods=["post"], filterset_class=None)
    def retry(self, request: Request, pk: str) -> Response:
        """Try it again with the next run, after whatever was wrong is mended."""
        letter = self.get_object()
        if letter.resolved_at is None:
            dead_letters.retry(letter)
            letter.refresh_from_db()
        return Response(DeadLetterSerializer(letter).data)


class DealFilter(filters.FilterSet):
    """Which deals."""

    connection = filters.CharFilter("connection__slug", max_length=24, help_text=_OF_CONNECTION)
    profile = WholeNumberFilter(field_name="profile_id", help_text="With this person: our own number.")
    account = WholeNumberFilter(field_name="account_id", help_text="With this account: our own number.")
    stage = filters.CharFilter(max_length=120, help_text="At this stage, exactly as the system calls it.")
    owner = filters.CharFilter(max_length=200, help_text="Looked after by this person there.")
    since = MomentFilter("updated_at", "gte", help_text="Changed at this time or later.")

    class Meta:
        model = Deal
        fields = ["status"]


class DealSerializer(serializers.ModelSerializer[Deal]):
    """An opportunity in the CRM, as last read."""

    connection = serializers.SlugRelatedField[Connection](slug_field="slug", read_only=True)
    profile = serializers.IntegerField(source="profile_id", allow_null=True)
    account = serializers.IntegerField(source="account_id", allow_null=True)

    class Meta:
        model = Deal
        fields = [
            *("id", "connection", "remote_id", "profile", "account", "name", "stage", "status", "amount", "currency"),
            *("probability", "owner", "expected_on", "closed_at", "created_at", "updated_at", "url"),
        ]
        extra_kwargs = {"amount": {"help_text": "In minor units of `currency`."}}


class DealViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Deal]):
    """Opportunities in the CRM."""

    queryset = Deal.objects.select_related("connection")
    serializer_class = DealSerializer
    filterset_class = DealFilter
    lookup_value_regex = _ID
