from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """Who is in, who entered, who left, because of what."""

    name = "segments"
    verbose_name = _("Segments")

    def ready(self) -> None:
        """Let every app bring its conditions and ready-made segments, and say what it does with members."""
        autodiscover_modules("conditions", "followers", "gallery")
