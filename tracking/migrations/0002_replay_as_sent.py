import django.db.models.deletion
from django.db import migrations, models

# The inbox is a queue: every row is soon dead. Its bodies live too briefly for compressing them to pay.
QUEUE = """
ALTER TABLE tracking_inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
                                autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 1);
ALTER TABLE tracking_inbox ALTER COLUMN body SET STORAGE EXTERNAL;
"""
AS_BEFORE = """
ALTER TABLE tracking_inbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
                                  autovacuum_vacuum_cost_delay, autovacuum_analyze_scale_factor);
ALTER TABLE tracking_inbox ALTER COLUMN body SET STORAGE EXTENDED;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("profiles", "0001_initial"),
        ("tracking", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            model_name="quarantine",
            name="sent_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="Overflow",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="profiles.source",
                        verbose_name="source",
                    ),
                ),
                ("messages", models.BigIntegerField(default=0, verbose_name="messages not kept")),
                ("last_at", models.DateTimeField(verbose_name="last")),
            ],
            options={
                "verbose_name": "full quarantine",
                "verbose_name_plural": "full quarantines",
            },
        ),
        migrations.RunSQL(QUEUE, AS_BEFORE),
    ]
