from django.db import migrations


class Migration(migrations.Migration):
    """Bitmaps are compressed already: PostgreSQL need not try again."""

    dependencies = [("segments", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE segments_leaf ALTER COLUMN members SET STORAGE EXTERNAL", migrations.RunSQL.noop
        )
    ]
