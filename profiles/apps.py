from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    """People, their identities, what they did and what we know of them."""

    name = "profiles"
    verbose_name = _("People")

    def ready(self) -> None:
        """Let every app contribute its attributes to the catalogue."""
        autodiscover_modules("attributes")
