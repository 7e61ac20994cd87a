from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentsConfig(AppConfig):
    """Who is in, who entered, who left, because of what."""

    name = "segments"
    verbose_name = _("Segments")
