"""Marks whose records may have to be written: who changed, and who entered or left a segment."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from connectors import link_table
from connectors.models import Followed, Link
from profiles import changes
from segments.models import Refresh
from segments.transitions import Feed

READER: Final = "connectors"
# Transitions a step.
_MOST: Final = 5_000


def pending() -> bool:
    """Did something change since the last look?"""
    return changes.waiting(READER) or _behind()


def follow() -> None:
    """Take who changed, and who moved between segments, and mark their links."""
    with transaction.atomic():
        people = changes.take(READER)
        _merge(people)
        people |= _moved()
        _propose(people)
        if people:
            link_table.mark(people)


def _behind() -> bool:
    """Has there been a refresh that moved somebody since the position that was kept?"""
    followed = Followed.objects.first()
    last = Refresh.objects.order_by("-id").values_list("id", flat=True).first()
    return last is not None and (followed is None or followed.run < last)


def _moved() -> set[int]:
    """Who entered or left any segment since. Without a link nobody need be told, but the position moves."""
    followed = Followed.objects.select_for_update().first() or Followed()
    if not Link.objects.exists():
        # Everybody who is linked later is looked at whole.
        last = Refresh.objects.order_by("-id").values_list("id", flat=True).first() or 0
        followed.position, followed.run = [last, 2**62, 2**62, 1], last
        followed.save()
        return set()
    page = Feed().after(followed.position, _MOST)
    if page:
        followed.position, followed.run = list(page[-1].position), page[-1].run
        if len(page) == _MOST:
            # There is more of this run: it is not behind us yet.
            followed.run -= 1
        followed.save()
    elif _behind():
        followed.run = Refresh.objects.order_by("-id").values_list("id", flat=True).first() or 0
        followed.save()
    return {transition.profile for transition in page}


def _merge(people: set[int]) -> None:
    """Who was merged into somebody else is linked as that person."""
    if not people:
        return
    with connection.cursor() as cursor:
        for table in ("connectors_link", "connectors_deal"):
            cursor.execute(
                f"UPDATE {table} t SET profile_id = p.merged_into FROM profiles_profile p"  # noqa: S608  one of two
                " WHERE t.profile_id = p.id AND p.id = ANY(%s) AND p.merged_into IS NOT NULL",
                [list(people)],
            )


def _propose(people: set[int]) -> None:
    """Records that were nobody's: one whose address one of these people has got by now is read again, and linked."""
    if not people:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE connectors_link l SET digest = '' FROM profiles_identifier i"
            " WHERE i.profile_id = ANY(%s) AND i.type_id = 'email' AND l.email = i.value AND l.email <> ''"
            " AND l.profile_id IS NULL",
            [list(people)],
        )
