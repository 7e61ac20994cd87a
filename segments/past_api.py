"""The past over the API: which moment is asked about, and the people of it, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from segments import travel
from segments.bitmaps import BitMap64
from segments.models import Membership, Segment

_EARLIEST = 1970


class PastSerializer(serializers.Serializer[Any]):
    """A moment of the past, and by which rule it is asked."""

    at = serializers.DateTimeField(required=False, default=None, help_text="A moment of the past; without it, now.")
    rule = serializers.ChoiceField(
        travel.RULES, default="then", help_text="then: as the ledger has it; now: today's rule asked of that moment."
    )

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """`at` (None: now) and `rule` of an address; 400 where they are none."""
        given = cls(data={key: request.query_params[key] for key in ("at", "rule") if key in request.query_params})
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def validate_at(self, at: datetime | None) -> datetime | None:
        """What will be is not known."""
        if at and (at > timezone.now() or at.year < _EARLIEST):
            raise ValidationError(_("Give a moment of the past."))
        return at


def past_members(segment: Segment, at: datetime | None, rule: str) -> QuerySet[Membership] | Feed | Inside:
    """What the paginator takes: rows of the ledger, or the people by today's rule. RuleError as travel.members."""
    if at is None:
        return Inside(segment)
    if rule == "then":
        return Membership.objects.covering(at).filter(segment=segment)
    return Feed(segment, travel.members(segment, at, "now"))


class Inside:
    """Who is in now, who entered first first, along an index of the ledger: a Feed of cdp_site.pagination."""

    width = 2

    def __init__(self, segment: Segment) -> None:
        self._rows = Membership.objects.open().filter(segment=segment).order_by("entered_run", "profile_id")

    def after(self, position: Sequence[int] | None, limit: int) -> list[Membership]:
        """The next who entered behind (run, person)."""
        run, person = position or (0, 0)
        return list(self._rows.filter(Q(entered_run__gt=run) | Q(entered_run=run, profile_id__gt=person))[:limit])

    def position(self, row: Membership) -> tuple[int, int]:
        """The run, and the person."""
        return row.entered_run, row.profile_id


@dataclass(frozen=True)
class Would:
    """Somebody who would have been in: like a row of the ledger, which has no such row."""

    profile_id: int
    version: int
    entered_at: None = None
    entered_cause: None = None


class Feed:
    """People by id: a Feed of cdp_site.pagination."""

    width = 1

    def __init__(self, segment: Segment, people: BitMap64) -> None:
        self._version, self._people = segment.version, people

    def after(self, position: Sequence[int] | None, limit: int) -> list[Would]:
        """The next people behind that id."""
        behind = self._people.iter_equal_or_larger(position[0] + 1 if position else 0)
        return [Would(profile_id, self._version) for profile_id in islice(behind, limit)]

    def position(self, row: Would) -> tuple[int]:
        """The id."""
        return (row.profile_id,)
