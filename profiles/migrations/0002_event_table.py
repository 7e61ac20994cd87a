from django.db import migrations

# Partitioned tables are beyond Django's migrations; the model is unmanaged and its table is written here.
# Partitions are made by profiles.partitions, before the first event that needs them.
# The key includes the name, so that what changed people did is read from the index alone.
CREATE = """
CREATE TABLE profiles_event (
    profile_id bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    message_id uuid NOT NULL,
    name_id smallint NOT NULL,
    value bigint,
    identifier_id bigint,
    source_id bigint NOT NULL,
    properties jsonb NOT NULL,
    PRIMARY KEY (profile_id, occurred_at, message_id) INCLUDE (name_id)
) PARTITION BY RANGE (occurred_at);
CREATE INDEX event_name_time ON profiles_event (name_id, occurred_at) INCLUDE (profile_id, value);
ALTER TABLE profiles_profilestat SET (fillfactor = 70);
ALTER TABLE profiles_profile SET (fillfactor = 85);
"""

TYPES = [
    # name, label, rank, limit, unique, movable, case
    ("user_id", "User id", 1, 1, False, False, "exact"),
    ("email", "E-mail", 2, 5, False, False, "lower"),
    ("phone", "Phone", 3, 5, False, False, "exact"),
    ("anonymous_id", "Device", 9, None, False, True, "exact"),
]
BLOCKED = ["^[0-]*$", "-1", "null", "none", "undefined", "unknown", "anonymous", "not set", "test@test.com"]


def add_identifier_types(apps, schema_editor):
    model = apps.get_model("profiles", "IdentifierType")
    for name, label, rank, limit, unique, movable, case in TYPES:
        model.objects.create(
            name=name, label=label, rank=rank, limit=limit, unique=unique, movable=movable, case=case, blocked=BLOCKED
        )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE profiles_event"),
        migrations.RunPython(add_identifier_types, migrations.RunPython.noop),
    ]
