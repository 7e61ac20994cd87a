from django.contrib.auth.management import create_permissions
from django.db import migrations

# What the roles of 0001 may do with visits, scores and connections. Credentials and mappings stay with administrators.
ROLES = {
    "Marketers": [
        *("profiles.view_event", "tracking.view_visit"),
        *("scoring.view_score", "scoring.view_scoremodel", "scoring.add_scoremodel", "scoring.change_scoremodel"),
        *("scoring.delete_scoremodel", "connectors.view_connection", "connectors.view_syncrun"),
        *("connectors.view_deadletter", "connectors.change_deadletter", "connectors.view_deal", "connectors.view_link"),
    ],
    "Sales": [
        *("profiles.view_account", "profiles.view_event", "scoring.view_score"),
        *("connectors.view_deal", "connectors.view_link"),
    ],
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
        ("cdp_site", "0001_roles"),
        ("connectors", "0001_initial"),
        ("profiles", "0004_followups"),
        ("scoring", "0001_initial"),
        ("tracking", "0003_visits"),
    ]
    operations = [migrations.RunPython(add_roles, migrations.RunPython.noop)]
