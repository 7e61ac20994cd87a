from datetime import UTC, datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_event_table")]
    operations = [
        migrations.AddField("account", "origins", models.JSONField(default=dict, editable=False)),
        migrations.AddField("traitvalue", "identifier_id", models.BigIntegerField(null=True)),
        migrations.AddField(
            "traitvalue",
            "seen_at",
            models.DateTimeField(default=datetime(1970, 1, 1, tzinfo=UTC)),
            preserve_default=False,
        ),
        migrations.AddIndex(
            "edge", models.Index(fields=["left_id"], name="edge_never", condition=models.Q(("never", True)))
        ),
        # A value that is only confirmed changes no indexed column: with room in the page the update stays there.
        migrations.RunSQL(
            "ALTER TABLE profiles_traitvalue SET (fillfactor = 80)",
            "ALTER TABLE profiles_traitvalue RESET (fillfactor)",
        ),
    ]
