"""How the sizes of segments moved over the last weeks, from the ledger: one query for all of them.

The ledger is read by its indexes from the first refresh of the window on, so that the cost is that of who
moved in these weeks, not of who is in. Sizes are those of now less what came and went since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from profiles.plots import number
from segments.models import Segment
from segments.windows import midnight, today

WEEKS = 4
SHOWN = 8
_DAYS = 7 * WEEKS


@dataclass(frozen=True)
class Trend:
    """A segment with its size at the end of each day up to now, from when it existed on; the last is that of now."""

    segment: Segment
    first: date
    sizes: tuple[int, ...]

    @property
    def change(self) -> int | None:
        """More or fewer people than seven days ago; None when it did not exist then."""
        return self.sizes[-1] - self.sizes[-8] if len(self.sizes) > 7 else None

    @property
    def words(self) -> str:
        """What the line shows, for those who do not see it."""
        return _("from %(first)s to %(last)s people since %(day)s") % {
            "first": number(self.sizes[0]),
            "last": number(self.sizes[-1]),
            "day": date_format(self.first, "DATE_FORMAT"),
        }


def trends() -> list[Trend]:
    """One for each of the SHOWN largest segments that were computed, the largest first. Two queries."""
    now = timezone.now()
    largest = list(Segment.objects.filter(computed_at__isnull=False).order_by("-size", "name")[:SHOWN])
    moved = _moved([segment.pk for segment in largest], midnight(today(now) - timedelta(days=_DAYS)))
    return [_trend(segment, moved[segment.pk], today(now)) for segment in largest]


def _trend(segment: Segment, moved: dict[date, int], last: date) -> Trend:
    window = last - timedelta(days=_DAYS)
    # Who is in and did not come within these weeks was there before.
    there = segment.size > sum(moved.values())
    first = window if there else max(window, min([today(segment.created_at), *moved]))
    sizes, size = [segment.size], segment.size
    for back in range((last - first).days):
        size -= moved.get(last - timedelta(days=back), 0)
        sizes.append(max(size, 0))
    return Trend(segment, first, tuple(reversed(sizes)))


def _moved(segments: list[int], since: datetime) -> dict[int, dict[date, int]]:
    """By segment and day, how many more entered than left."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"segments": segments, "since": since, "zone": settings.TIME_ZONE})
        return _by_segment(cursor.fetchall())


def _by_segment(rows: Iterable[tuple[int, date, int]]) -> dict[int, dict[date, int]]:
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for segment, day, more in rows:
        found[segment][day] = int(more)
    return found


_MOVED = """
    WITH first AS MATERIALIZED (SELECT min(id) AS run FROM segments_refresh WHERE at >= %(since)s),
    moves AS (
        SELECT segment_id, entered_run AS run, count(*) AS more
        FROM segments_membership
        WHERE segment_id = ANY(%(segments)s) AND entered_run >= (SELECT run FROM first)
        GROUP BY 1, 2
        UNION ALL
        SELECT segment_id, left_run, -count(*)
        FROM segments_membership
        WHERE segment_id = ANY(%(segments)s) AND left_run >= (SELECT run FROM first)
        GROUP BY 1, 2
    )
    SELECT segment_id, (refresh.at AT TIME ZONE %(zone)s)::date, sum(more)
    FROM moves JOIN segments_refresh AS refresh ON refresh.id = moves.run
    GROUP BY 1, 2"""
