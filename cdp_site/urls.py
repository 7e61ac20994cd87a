"""Every address of Django's part; the collector answers its own before (wsgi.py)."""

from django.contrib import admin
from django.urls import path

urlpatterns = [
    path("admin/", admin.site.urls),
]
