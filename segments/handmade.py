"""The overrides of a segment as its page lists them, and whom somebody means to put in or to keep out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from profiles import directory
from profiles.models import Profile
from segments.faces import Face, faces
from segments.models import Membership, Override, Segment

LISTED = 100
FOUND = 8


@dataclass(frozen=True)
class Row:
    """An override; it is obeyed while `in_force`."""

    override: Override
    face: Face
    in_force: bool
    expired: bool


@dataclass(frozen=True)
class Candidate:
    """Somebody who was looked for, whether they are in, and what was decided about them by hand already."""

    face: Face
    inside: bool
    forced: bool | None


def rows(segment: Segment) -> list[Row]:
    """Those in force first, then what was, the newest first. A fixed number of queries."""
    now = timezone.now()
    found = list(segment.overrides.select_related("author", "ended_by")[:LISTED])
    people = _survivors({override.profile_id for override in found})
    known = faces(set(people.values()))
    listed = [_row(override, known[people[override.profile_id]], now) for override in found]
    return sorted(listed, key=lambda row: not row.in_force)


def candidates(segment: Segment, text: str) -> list[Candidate]:
    """The people that `text` names: any identifier, or a name."""
    people = [row.id for row in directory.page(directory.Query(text=text), size=FOUND).rows] if text else []
    inside = Membership.objects.open().filter(segment=segment, profile_id__in=people)
    members = set(inside.values_list("profile_id", flat=True))
    decided = dict(segment.overrides.filter(ended_at__isnull=True).values_list("profile_id", "inside"))
    return [Candidate(face, pk in members, decided.get(pk)) for pk, face in faces(people).items()]


def _row(override: Override, face: Face, now: datetime) -> Row:
    expired = override.expires_at is not None and override.expires_at <= now
    return Row(override, face, override.ended_at is None and not expired, expired and override.ended_at is None)


def _survivors(ids: set[int]) -> dict[int, int]:
    """Who was merged into somebody else is that person."""
    merged = Profile.objects.filter(pk__in=ids, merged_into__isnull=False)
    return {pk: pk for pk in ids} | {person.pk: person.survivor_id for person in merged}
