from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class KithConfig(AppConfig):
    """The project as an app: it owns the commands that concern the whole (seed, token)."""

    name = "cdp_site"
    verbose_name = "Kith"


class KithAdminConfig(AdminConfig):
    """The admin with Kith's own site: sections, roles, dashboard."""

    default_site = "cdp_site.site.KithAdminSite"
