"""What segments show on the pages of people: the tab of one person, and a column of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from profiles.columns import Column
from profiles.columns import register as register_column
from profiles.models import Profile
from profiles.panels import Panel, register
from segments import outlook
from segments.errors import RuleError
from segments.models import Cause, Membership
from segments.roster import because, leaf_words
from segments.world import World

# Earlier stays that are listed.
EARLIER = 50
# Segments of which it is said what comes next: each has to be asked.
AHEAD = 12


@dataclass(frozen=True)
class Stay:
    """A person's time in a segment, with the conditions that let them in and out in plain words."""

    membership: Membership
    entered_cause: str
    entered_because: tuple[str, ...]
    left_cause: str
    left_because: tuple[str, ...]
    # What comes if nothing happens; empty where it was not asked.
    next: str = ""


def context(person: Profile, _request: HttpRequest) -> dict[str, Any]:
    """The segments this person is in, and was in; of the first few, when they leave if nothing happens."""
    ledger = Membership.objects.filter(profile_id=person.pk).select_related("segment")
    inside = list(ledger.filter(left_at__isnull=True).order_by("segment__name"))
    outside = list(ledger.filter(left_at__isnull=False).order_by("-left_at")[:EARLIER])
    words = leaf_words(leaf for row in (*inside, *outside) for leaf in (*row.entered_leaves, *row.left_leaves))
    stays, world = [_stay(row, words) for row in inside], World.now()
    stays[:AHEAD] = [replace(stay, next=_next(stay.membership, world)) for stay in stays[:AHEAD]]
    return {"inside": stays, "outside": [_stay(row, words) for row in outside]}


def _stay(row: Membership, words: dict[int, str]) -> Stay:
    return Stay(
        membership=row,
        entered_cause=str(Cause(row.entered_cause).label),
        entered_because=because(row.entered_leaves, words),
        left_cause=str(Cause(row.left_cause).label) if row.left_cause else "",
        left_because=because(row.left_leaves, words),
    )


def _next(row: Membership, world: World) -> str:
    """When they leave by themselves, and what would prevent it."""
    try:
        changes = outlook.changes(row.segment, row.profile_id, world)
    except RuleError:
        return gettext("stays, for the rule is broken")
    return next((change.sentence for change in changes if not change.inside), gettext("stays in"))


def _counts(people: Sequence[int]) -> dict[int, int]:
    rows = Membership.objects.open().filter(profile_id__in=people).order_by().values_list("profile_id")
    return dict(rows.annotate(segments=Count("segment_id")))


register(Panel("segments", _("Segments"), "segments/panel.html", context, 30, "donut_small"))
register_column(Column("segments", _("Segments"), _counts, 50))
