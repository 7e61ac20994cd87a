"""What becomes of segments that cannot be computed, and of conditions that nobody asks any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import F

from segments import rules, sets
from segments.errors import RuleError
from segments.models import Leaf, Segment
from segments.plan import Plan


def mark(segment: Segment, error: str | None) -> None:
    """A rule that cannot be checked freezes its segment; one that can be again is computed anew."""
    if error and (segment.state, segment.error) != (Segment.State.BROKEN, error[:300]):
        segment.state, segment.error = Segment.State.BROKEN, error[:300]
        segment.save(update_fields=["state", "error"])
    elif not error and segment.state == Segment.State.BROKEN:
        segment.state, segment.error, segment.computed_version = Segment.State.LIVE, "", 0
        segment.save(update_fields=["state", "error", "computed_version"])


def mark_broken(plan: Plan, segments: Iterable[Segment], rows: Mapping[bytes, Leaf]) -> None:
    """Segments that cannot be checked, or ask what the database could not answer, leave the plan as they are."""
    for planned in list(plan.planned):
        errors = [error for digest in planned.leaves if (error := rows[digest].error)]
        if errors:
            plan.planned.remove(planned)
            plan.broken[planned.segment.pk] = errors[0]
    for segment in segments:
        mark(segment, plan.broken.get(segment.pk))


def retire(plan: Plan) -> None:
    """Leaves that nobody needs are kept no longer; their rows stay, for the ledger names them."""
    needed = list(plan.leaves)
    idle = list(Leaf.objects.filter(computed_at__isnull=False).exclude(digest__in=needed).values_list("pk", flat=True))
    if idle:
        sets.kept.drop(idle)


def superseded(segment: Segment, rule: object) -> list[int]:
    """The conditions (ids) that this segment's rule so far waits for, and that neither `rule` nor another one asks."""
    waiting = Segment.objects.filter(state=Segment.State.LIVE).exclude(computed_version=F("version"))
    others = [other.rule for other in waiting if other.pk != segment.pk]
    wanted = {digest for each in (rule, *others) for digest in _digests(each)}
    idle = [digest for digest in _digests(segment.rule) if digest not in wanted]
    return list(Leaf.objects.filter(digest__in=idle, computed_at__isnull=True).values_list("pk", flat=True))


def _digests(rule: object) -> list[bytes]:
    try:
        return list(rules.leaves(rules.normal(rules.parse(rule))))
    except RuleError:
        return []
