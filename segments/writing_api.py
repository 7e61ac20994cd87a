"""The API of segments, the writing half: rules are published or kept as drafts, tested, and agreed to by others."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from segments import drafts, rule_tests
from segments.errors import RuleError
from segments.models import Segment, SegmentDraft
from segments.review import agree, submit
from segments.rule_tests import FailedTestsError, Result

# Words that follow /segments/ in an address and are no segment.
_RESERVED = {"preview"}
_CHANGE = ("segments.change_segment",)
_LARGEST = 2**63 - 1
# Whoever tests with people reads about them.
NEEDS = {
    "discard_draft": _CHANGE,
    "publish": _CHANGE,
    "agree": _CHANGE,
    "tests": ("segments.view_segment", "profiles.view_profile"),
    "replace_tests": (*_CHANGE, "profiles.view_profile"),
}


class DraftStateSerializer(serializers.ModelSerializer[SegmentDraft]):
    """A rule that is not published; with `asked_at` it waits for a second person to agree."""

    author = serializers.CharField(source="author.username", default=None, allow_null=True)
    failed_tests = serializers.SerializerMethodField(
        help_text="How many rule tests it fails; said after it was saved, null elsewhere and where they cannot be run."
    )

    class Meta:
        model = SegmentDraft
        fields = ["rule", "base", "author", "saved_at", "asked_at", "failed_tests"]

    rule = serializers.JSONField()

    def get_failed_tests(self, draft: SegmentDraft) -> int | None:
        """As `_saved` counted them."""
        count: int | None = self.context.get("failed_tests")
        return count


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """A segment: its rule, its size, and whether it can be trusted; beside it the draft, if there is one."""

    class Meta:
        model = Segment
        fields = [
            *("slug", "name", "description", "rule", "state", "error", "size"),
            *("version", "computed_version", "computed_at", "duration_ms", "created_at"),
            *("draft", "publish", "seen"),
        ]
        read_only_fields = ["state", "error", "size", "version", "computed_version", "computed_at", "duration_ms"]

    rule = serializers.JSONField()
    draft = DraftStateSerializer(read_only=True, allow_null=True)
    publish = serializers.BooleanField(
        write_only=True, required=False, help_text="false: keep the rule as a draft, which moves nobody."
    )
    seen = serializers.DateTimeField(
        write_only=True, required=False, help_text="`saved_at` of somebody else's draft, to take its place."
    )

    def validate_slug(self, slug: str) -> str:
        """A slug is how rules and other systems call the segment: it never changes."""
        if slug in _RESERVED:
            raise ValidationError(_("This word is taken: choose another slug."))
        if self.instance and slug != self.instance.slug:
            raise ValidationError(_("The slug cannot change."))
        return slug


class SeenSerializer(serializers.Serializer[Any]):
    """Which draft was looked at: its `saved_at`."""

    seen = serializers.DateTimeField()


class WantedSerializer(serializers.Serializer[Any]):
    """Whether the rule must hold for somebody."""

    profile = serializers.IntegerField(min_value=1, max_value=_LARGEST)
    inside = serializers.BooleanField()


class ResultSerializer(serializers.Serializer[Result]):
    """A rule test and what it gave; `holds` is null when the rule cannot be asked of them."""

    profile = serializers.IntegerField(source="profile_id")
    inside = serializers.BooleanField()
    holds = serializers.BooleanField(allow_null=True)
    passed = serializers.BooleanField()
    why = serializers.ListField(child=serializers.CharField(), help_text="The conditions to blame.")

    def to_representation(self, result: Result) -> dict[str, Any]:
        why = [f"{blame.sentence} ({blame.saw})" if blame.saw else blame.sentence for blame in result.why]
        return {
            "profile": result.profile_id,
            "inside": result.inside,
            "holds": result.holds,
            "passed": result.passed,
            "why": why,
        }


class ConflictError(APIException):
    """Somebody was faster, or there is nothing to do it to."""

    status_code = 409


class Writing(viewsets.GenericViewSet[Any]):
    """The addresses that write; api.SegmentViewSet has them beside those that read."""

    @extend_schema(responses={201: SegmentSerializer, 202: SegmentSerializer})
    def create(self, request: Request) -> Response:
        """Make a segment. Its members follow within seconds; 202: it waits for a second person to agree."""
        new = SegmentSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        return _saved(*_save(Segment(), new.validated_data, request), done=201)

    @extend_schema(responses={200: SegmentSerializer, 202: SegmentSerializer})
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the name, the description or the rule; another rule becomes the next version, or the draft.

        202: so many people would move that a second person must agree first.
        """
        segment = self.get_object()
        edit = SegmentSerializer(segment, data=request.data, partial=True)
        edit.is_valid(raise_exception=True)
        return _saved(*_save(segment, edit.validated_data, request))

    @extend_schema(responses={204: None})
    @action(detail=True, methods=["delete"], url_path="draft", pagination_class=None, filterset_fields=())
    def discard_draft(self, request: Request, slug: str) -> Response:
        """Forget the draft; a segment that was never published goes with it."""
        segment = self.get_object()
        _draft(segment)
        drafts.discard(segment)
        return Response(status=204)

    @extend_schema(request=None, responses={200: SegmentSerializer, 202: SegmentSerializer}, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, filterset_fields=())
    def publish(self, request: Request, slug: str) -> Response:
        """Publish the draft. 202: it waits for a second person to agree."""
        segment = self.get_object()
        draft = _draft(segment)
        try:
            return _saved(segment, submit(segment, draft.rule, _user(request), draft.saved_at))
        except RuleError as error:
            raise refused(draft.rule, error, request) from error

    @extend_schema(request=SeenSerializer, responses=SegmentSerializer, filters=False)
    @action(detail=True, methods=["post"], pagination_class=None, filterset_fields=())
    def agree(self, request: Request, slug: str) -> Response:
        """Agree, as the second person, to the draft that was `seen`: it is published."""
        segment = self.get_object()
        draft = _draft(segment)
        asked = SeenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = _user(request)
        if user is None or draft.asked_at is None or draft.author_id == user.pk:
            raise ConflictError(_("There is nothing here to which you can agree."))
        try:
            return _saved(agree(segment, user, asked.validated_data["seen"]), True)
        except RuleError as error:
            raise refused(draft.rule, error, request) from error

    @extend_schema(responses=ResultSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=())
    def tests(self, request: Request, slug: str) -> Response:
        """The rule tests, asked of the draft if there is one, else of the rule."""
        return _results(self.get_object())

    @extend_schema(request=WantedSerializer(many=True), responses=ResultSerializer(many=True), filters=False)
    @tests.mapping.put
    def replace_tests(self, request: Request, slug: str) -> Response:
        """Make these the rule tests: at most 50."""
        segment = self.get_object()
        sent = WantedSerializer(data=request.data, many=True)
        sent.is_valid(raise_exception=True)
        wanted = {row["profile"]: row["inside"] for row in sent.validated_data}
        try:
            rule_tests.replace(segment, wanted, _user(request))
        except RuleError as error:
            raise ValidationError({"profile": [error.message]}) from error
        return _results(segment)


def refused(rule: Any, error: RuleError, request: Request) -> APIException:
    """The error at its place in the JSON that was sent: a path counts conditions, JSON names their groups too."""
    if isinstance(error, drafts.OvertakenError):
        return ConflictError(error.message)
    if isinstance(error, FailedTestsError):
        return ValidationError({"tests": _failures(error) if _may_see_people(request) else [error.message]})
    detail: Any = [error.message]
    place = ["rule"]
    for step in filter(None, error.path.split(".")):
        group = next(iter(rule))
        place += [group, step]
        rule = rule[group][int(step)]
    for key in reversed(place):
        detail = {key: detail}
    return ValidationError(detail)


def _save(segment: Segment, values: dict[str, Any], request: Request) -> tuple[Segment, bool]:
    """The segment, and whether nothing waits for a second person."""
    named = "rule" in values
    rule, keep = values.pop("rule", segment.rule), values.pop("publish", True) is False
    seen = values.pop("seen", None)
    for name, value in values.items():
        setattr(segment, name, value)
    if segment.pk:
        segment.save(update_fields=list(values))
        same = rule == segment.rule and segment.state == Segment.State.LIVE
        if (same and not keep) or (not named and segment.state != Segment.State.BROKEN):
            return segment, True
    try:
        if keep:
            drafts.save(segment, rule, _user(request), seen)
            return segment, True
        return segment, submit(segment, rule, _user(request), seen)
    except RuleError as error:
        raise refused(rule, error, request) from error
    except IntegrityError as error:  # somebody was faster with this slug
        raise ValidationError({"slug": [_("A segment with this slug exists already.")]}) from error


def _saved(segment: Segment, published: bool, done: int = 200) -> Response:
    fresh = Segment.objects.select_related("draft__author").get(pk=segment.pk)
    told = {"failed_tests": _failing(fresh)}
    return Response(SegmentSerializer(fresh, context=told).data, status=done if published else 202)


def _failing(segment: Segment) -> int | None:
    draft = drafts.of(segment)
    try:
        return len(rule_tests.failures(draft.rule, rule_tests.expected(segment))) if draft else None
    except RuleError:  # A draft may be incomplete.
        return None


def _draft(segment: Segment) -> SegmentDraft:
    draft = drafts.of(segment)
    if draft is None:
        raise ConflictError(_("There is no draft."))
    return draft


def _results(segment: Segment) -> Response:
    draft = drafts.of(segment)
    rule = draft.rule if draft else segment.rule
    try:
        results = rule_tests.run(rule, rule_tests.expected(segment))
    except RuleError as error:
        raise ConflictError(str(error)) from error
    return Response([ResultSerializer(result).data for result in results])


def _failures(error: FailedTestsError) -> list[str]:
    words = []
    for result in error.failed:
        verdict = _("%(id)s is in") if result.holds else _("%(id)s is out")
        conditions = "; ".join(blame.sentence for blame in result.why)
        words.append(": ".join(filter(None, [verdict % {"id": result.profile_id}, conditions])))
    return words


def _user(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _may_see_people(request: Request) -> bool:
    return bool(request.user and request.user.has_perm("profiles.view_profile"))
