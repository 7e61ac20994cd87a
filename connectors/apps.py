from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectorsConfig(AppConfig):
    """Reads the CRM and feeds it."""

    name = "connectors"
    verbose_name = _("Connections")
    # Told of everybody about whom something changed: profiles/changes.py.
    follows_people = True
