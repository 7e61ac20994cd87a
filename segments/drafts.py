"""Rules that are being written and are not published: at most one per segment, and nobody is in by it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from segments.errors import RuleError
from segments.models import Segment, SegmentDraft


class OvertakenError(RuleError):
    """Somebody else has changed the draft meanwhile: what they wrote must not be lost."""


def save(segment: Segment, rule: Any, author: User | None, seen: datetime | None = None) -> SegmentDraft:
    """Keep `rule` (JSON), complete or not, as the draft of a segment; a segment not saved yet becomes only a draft.

    The live rule and its members stay as they are. Whoever asked a second person to agree asks anew.
    OvertakenError when there is a draft of somebody else, unless `seen` is when it was saved last.
    """
    if not isinstance(rule, dict):
        raise RuleError("", _("A condition or a group is missing here."))
    with transaction.atomic():
        if not segment.pk:
            segment.state, segment.rule = Segment.State.DRAFT, rule
            segment.save()
        current = lock(segment)
        _refuse_overtaken(segment, author, seen)
        if current.state == Segment.State.DRAFT:
            segment.rule = rule
            Segment.objects.filter(pk=segment.pk).update(rule=rule)
        draft, _made = SegmentDraft.objects.update_or_create(
            segment=segment,
            defaults={"rule": rule, "base": current.version, "author": author, "asked_at": None},
        )
    return draft


def discard(segment: Segment) -> None:
    """Forget the draft; a segment that is nothing but a draft goes with it."""
    with transaction.atomic():
        current = lock(segment)
        SegmentDraft.objects.filter(segment=segment).delete()
        if current.state == Segment.State.DRAFT:
            current.delete()


def of(segment: Segment | None) -> SegmentDraft | None:
    """The draft of a segment, if there is one."""
    if segment is None or not segment.pk:
        return None
    return SegmentDraft.objects.select_related("author", "segment").filter(segment=segment).first()


def lock(segment: Segment) -> Segment:
    """The segment as it is now; until the transaction ends nobody else drafts or publishes."""
    return Segment.objects.select_for_update(of=("self",)).get(pk=segment.pk)


def _refuse_overtaken(segment: Segment, author: User | None, seen: datetime | None) -> None:
    draft = of(segment)
    if draft and draft.saved_at != seen and (author is None or draft.author != author):
        who = {"who": draft.author or _("somebody")}
        raise OvertakenError("", _("%(who)s has saved a draft of this segment meanwhile: open it first.") % who)
