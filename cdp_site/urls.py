"""Every address of Django's part; the collector answers its own before (wsgi.py)."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from cdp_site.health import health
from tracking.script import tracker

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("demo/", include("cdp_site.demo.urls")),
    path("tracker.js", tracker, name="tracker"),
    path("health/", health, name="health"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/", include("cdp_site.api")),
]

handler400 = "cdp_site.problems.bad_request"
handler404 = "cdp_site.problems.not_found"
handler500 = "cdp_site.problems.server_error"
