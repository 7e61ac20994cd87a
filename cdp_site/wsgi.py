"""The web process: the collector in front, Django behind."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
django_application = get_wsgi_application()

from tracking.collector import Collector  # noqa: E402  Django must be set up before

application = Collector(django_application)
