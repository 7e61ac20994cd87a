"""Putting somebody into a segment, or keeping them out, whatever its rule says: with who, why, and until when."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles import changes
from profiles.models import Profile
from segments.errors import OverrideError
from segments.leaves.forced import topic
from segments.models import Override, Segment


def put(
    segment: Segment,
    profile_id: int,
    inside: bool,
    *,
    reason: str,
    author: User | None,
    expires_at: datetime | None = None,
    at: datetime | None = None,
) -> Override:
    """Force somebody in (`inside`) or out, from `at` (default: now) on; an override there was before is ended.

    The members follow with the next refresh. OverrideError, for people, when there is no such person, no reason,
    no published segment, or when it would have expired already.
    """
    at, reason = at or timezone.now(), reason.strip()
    person = Profile.objects.filter(pk=profile_id).first()
    if person is None:
        raise OverrideError(_("There is no such person."))
    if not reason:
        raise OverrideError(_("Say why: whoever sees this later wants to know."))
    if segment.state == Segment.State.DRAFT:
        raise OverrideError(_("Publish the segment first: nobody can be in a draft."))
    if expires_at and expires_at <= at:
        raise OverrideError(_("This would have expired already: choose a later day."))
    with transaction.atomic():
        # One after the other, for each person has one override at most.
        Segment.objects.select_for_update().get(pk=segment.pk)
        merged = Profile.objects.filter(merged_into=person.survivor_id).values("pk")
        theirs = Q(profile_id=person.survivor_id) | Q(profile_id__in=merged)
        segment.overrides.filter(theirs, ended_at__isnull=True).update(ended_at=at, ended_by=author)
        override = Override.objects.create(
            segment=segment,
            profile_id=person.survivor_id,
            inside=inside,
            reason=reason[:300],
            author=author,
            created_at=at,
            expires_at=expires_at,
        )
        changes.note([(person.survivor_id, topic(segment.slug))])
    return override


def end(override: Override, author: User | None, at: datetime | None = None) -> None:
    """Let the rule decide again. Ended twice is ended once."""
    with transaction.atomic():
        open_ = Override.objects.filter(pk=override.pk, ended_at__isnull=True)
        if open_.update(ended_at=at or timezone.now(), ended_by=author):
            person = Profile.objects.get(pk=override.profile_id)
            changes.note([(person.survivor_id, topic(override.segment.slug))])
    override.refresh_from_db()
