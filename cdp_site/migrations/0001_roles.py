from django.contrib.auth.management import create_permissions
from django.db import migrations

# Roles are groups, so that a company may add its own. Pages and the API ask for permissions, never for a role.
ROLES = {
    "Marketers": [
        *("profiles.view_profile", "profiles.view_account", "profiles.view_merge", "profiles.view_eventtype"),
        *("profiles.view_identifiertype", "profiles.view_trait", "profiles.change_trait"),
        *("profiles.view_source", "profiles.add_source", "profiles.change_source"),
        *("segments.view_segment", "segments.add_segment", "segments.change_segment", "segments.delete_segment"),
        *("tracking.view_quarantine", "tracking.change_quarantine"),
    ],
    "Sales": ["profiles.view_profile"],
}


def add_roles(apps, schema_editor):
    # Django makes permissions after all migrations; the roles need them now.
    for app in apps.get_app_configs():
        app.models_module = True
        create_permissions(app, apps=apps, verbosity=0)
        app.models_module = None
    permissions = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in apps.get_model("auth", "Permission").objects.select_related("content_type")
    }
    for name, codes in ROLES.items():
        group, _made = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        group.permissions.add(*(permissions[code] for code in codes))


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("profiles", "0002_event_table"),
        ("segments", "0001_initial"),
        ("tracking", "0001_initial"),
    ]
    operations = [migrations.RunPython(add_roles, migrations.RunPython.noop)]
