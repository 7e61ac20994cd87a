from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("profiles", "0005_context_of_events")]
    operations = [
        migrations.AddIndex(
            "traitvalue", models.Index(fields=["trait", "since"], include=["profile_id"], name="trait_value_since")
        ),
    ]
