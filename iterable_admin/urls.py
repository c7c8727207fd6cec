from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from contacts.sync.pages.window_page import window_view
from iterable_admin.health import healthz, readyz
from iterable_admin.metrics import metrics
from iterable_admin.screens.handbook import handbook_view
from iterable_admin.screens.live_profiles import compare_view
from journeys.api import ListJourneys

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/contacts/contact/<int:pk>/in-iterable/", admin.site.admin_view(compare_view), name="contact_in_iterable"),
    path("admin/sync/window/", admin.site.admin_view(window_view), name="sync_window"),
    path("admin/handbook/", admin.site.admin_view(handbook_view), name="handbook"),
    path("admin/", admin.site.urls),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/v1/", include("contacts.sync.urls")),
    path("api/v1/", include("contacts.intake.urls")),
    path("api/v1/journeys/", ListJourneys.as_view()),
]
