"""Every address of the API: what each room offers, its description, and a page to try it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from connectors.api import ConnectionViewSet, DeadLetterViewSet, DealViewSet, RunViewSet
from profiles.accounts_api import AccountViewSet
from profiles.api import ProfileViewSet, SourceViewSet
from profiles.events_api import EventViewSet
from scoring.api import ScoreViewSet
from segments.api import SegmentViewSet, TransitionViewSet


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # an extension registers itself, untyped
    """Describes our tokens in the schema; a class defined is an extension registered."""

    target_class = "cdp_site.authentication.TokenAuthentication"
    name = "token"


router = SimpleRouter()
router.register("profiles", ProfileViewSet)
router.register("events", EventViewSet, basename="event")
router.register("accounts", AccountViewSet)
router.register("segments", SegmentViewSet)
router.register("scores", ScoreViewSet)
router.register("transitions", TransitionViewSet, basename="transition")
router.register("sources", SourceViewSet)
router.register("connections", ConnectionViewSet)
router.register("sync-runs", RunViewSet)
router.register("dead-letters", DeadLetterViewSet)
router.register("deals", DealViewSet)

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-docs")),
    path("", include(router.urls)),
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    # The scripts come apart from the page: the Content Security Policy allows no inline ones.
    path("docs/", login_required(SpectacularSwaggerSplitView.as_view()), name="api-docs"),
]
