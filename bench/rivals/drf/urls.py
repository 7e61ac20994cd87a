"""One address."""

from django.urls import path

from bench.rivals.drf.views import BatchView

urlpatterns = [path("v1/batch", BatchView.as_view())]
