from django.db import migrations, models


class Migration(migrations.Migration):
    """Events name the circumstances they came in: visits are computed again from them."""

    dependencies = [("profiles", "0004_followups")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE profiles_event ADD COLUMN context_id bigint",
            "ALTER TABLE profiles_event DROP COLUMN context_id",
            [migrations.AddField("event", "context_id", models.BigIntegerField(null=True))],
        )
    ]
