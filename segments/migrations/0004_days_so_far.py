"""The sizes of the days so far, out of the ledger: one pass over it."""

from django.conf import settings
from django.db import migrations

_FILL = """
INSERT INTO segments_segmentday (segment_id, day, entered, "left", size)
SELECT segment_id, day, sum(entered), sum(gone),
       sum(sum(entered) - sum(gone)) OVER (PARTITION BY segment_id ORDER BY day)
FROM (
    SELECT segment_id, (entered_at AT TIME ZONE %(zone)s)::date AS day, 1 AS entered, 0 AS gone
    FROM segments_membership
    UNION ALL
    SELECT segment_id, (left_at AT TIME ZONE %(zone)s)::date, 0, 1 FROM segments_membership WHERE left_at IS NOT NULL
) AS moved
GROUP BY segment_id, day
ON CONFLICT DO NOTHING
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_FILL, {"zone": settings.TIME_ZONE})


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_drafts_overrides_days")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
