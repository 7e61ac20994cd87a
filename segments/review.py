"""What publishing a rule would do, and the second person who must agree when it moves very many people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import drafts, rule_tests
from segments.differences import Difference, differences
from segments.errors import RuleError
from segments.followers import Follower, followers_of
from segments.models import Segment, SegmentDraft
from segments.movement import Reasons, reasons
from segments.preview import Preview, preview
from segments.publish import approve, publish
from segments.roster import everybody
from segments.rule_tests import Expected, Result
from segments.world import World


@dataclass(frozen=True)
class Review:
    """What to look at before publishing. `second`: so many move that another person must agree."""

    preview: Preview
    second: bool
    differences: list[Difference] = field(default_factory=list)
    reasons: Reasons = field(default_factory=Reasons)
    followers: list[Follower] = field(default_factory=list)
    tests: list[Result] = field(default_factory=list)


def review(segment: Segment | None, rule: Any, wanted: Expected) -> Review:
    """Compute what a rule (JSON) would do in the place of the one that a segment has. RuleError when it cannot be."""
    approve(rule, segment.slug if segment else "")
    seen = preview(rule, segment)
    tests = rule_tests.run(rule, wanted)
    # What reads every segment will read a new one too.
    slug = segment.slug if segment else ""
    readers = followers_of([slug])[slug]
    if segment is None or not segment.version:
        return Review(seen, _many(seen), followers=readers, tests=tests)
    return Review(
        seen,
        _many(seen),
        differences(segment.rule, rule, World.now()),
        reasons(segment.rule, rule, seen.enters, seen.leaves),
        readers,
        tests,
    )


def submit(segment: Segment, rule: Any, author: User | None, seen: datetime | None = None) -> bool:
    """Publish, or when that moves very many people, keep the rule as a draft and ask a second person: then False.

    The draft that was saved at `seen` is what is published, and goes. RuleError as for `publish`; OvertakenError when
    asking would overwrite somebody else's draft.
    """
    approve(rule, segment.slug)
    rule_tests.refuse_failures(segment, rule)
    if needs_second(segment, rule):
        with transaction.atomic():
            draft = drafts.save(segment, rule, author, seen)
            SegmentDraft.objects.filter(pk=draft.pk).update(asked_at=timezone.now())
        return False
    with transaction.atomic():
        publish(segment, rule, author)
        if seen:
            SegmentDraft.objects.filter(segment=segment, saved_at=seen).delete()
    return True


def agree(segment: Segment, user: User, seen: datetime | None) -> Segment:
    """Publish what another person asked for, as it was when it was saved at `seen`. RuleError when that cannot be."""
    with transaction.atomic():
        current, draft = drafts.lock(segment), drafts.of(segment)
        if draft is None or draft.asked_at is None:
            raise RuleError("", _("Nothing waits for a second person here."))
        if draft.author_id == user.pk:
            raise RuleError("", _("Another person has to agree."))
        if draft.saved_at != seen:
            raise drafts.OvertakenError("", _("The draft was changed meanwhile: look at it again."))
        publish(current, draft.rule, draft.author, agreed_by=user)
        draft.delete()
    return current


def decline(segment: Segment) -> None:
    """Ask nobody any more: the rule is a draft again."""
    SegmentDraft.objects.filter(segment=segment).update(asked_at=None)


def needs_second(segment: Segment, rule: Any) -> bool:
    """Whether publishing moves more people than one person may; a rule that cannot be counted may move everybody."""
    if not settings.REVIEW_ABOVE or everybody() <= settings.REVIEW_ABOVE:
        return False
    try:
        return _many(preview(rule, segment if segment.pk else None))
    except RuleError:
        return True


def _many(seen: Preview) -> bool:
    above: int = settings.REVIEW_ABOVE
    return 0 < above < len(seen.enters) + len(seen.leaves)
