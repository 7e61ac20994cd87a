from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """How likely, how much: scores and their reasons."""

    name = "scoring"
    verbose_name = _("Scores")
    # Told of everybody about whom something changed: profiles/changes.py.
    follows_people = True
