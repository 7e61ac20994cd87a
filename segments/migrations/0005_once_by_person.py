from django.db import migrations, models

_ONCE = "CREATE UNIQUE INDEX CONCURRENTLY in_a_segment_once ON segments_membership ({}) WHERE left_at IS NULL"
_ASIDE = "ALTER INDEX in_a_segment_once RENAME TO in_a_segment_before"
_DROP = "DROP INDEX CONCURRENTLY in_a_segment_before"


class Migration(migrations.Migration):
    """The same constraint by person first. The ledger can be written meanwhile, and is never without it."""

    atomic = False
    dependencies = [("segments", "0004_days_so_far")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(_ASIDE, _DROP),
                migrations.RunSQL(_ONCE.format("profile_id, segment_id"), _ONCE.format("segment_id, profile_id")),
                migrations.RunSQL(_DROP, _ASIDE),
            ],
            [
                migrations.RemoveConstraint("membership", "in_a_segment_once"),
                migrations.AddConstraint(
                    "membership",
                    models.UniqueConstraint(
                        condition=models.Q(("left_at__isnull", True)),
                        fields=("profile_id", "segment"),
                        name="in_a_segment_once",
                    ),
                ),
            ],
        )
    ]
