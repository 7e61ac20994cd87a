from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrackingConfig(AppConfig):
    """Takes in what websites, apps and servers send, keeps it, and has it applied."""

    name = "tracking"
    verbose_name = _("Collection")
