from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from contacts.sync.pages.window_page import window_view
from iterable_admin.health import healthz, readyz
from iterable_admin.inbox.token_api import TokenEndpoint
from iterable_admin.metrics import metrics
from iterable_admin.screens.contact.opting_out import opt_out_view
from iterable_admin.screens.contact.rules_page import rules_view
from iterable_admin.screens.contact.sending import send_now
from iterable_admin.screens.handbook import handbook_view
from iterable_admin.screens.live_profiles import compare_view
from iterable_admin.screens.observing import page as observing
from iterable_admin.screens.trying.page import try_it
from iterable_admin.screens.why.page import why_view
from journeys.api import ListJourneys
from journeys.why.api import ReadWhy

handler400 = "iterable_admin.wrong_turns.bad_request"
handler404 = "iterable_admin.wrong_turns.page_not_found"
handler500 = "iterable_admin.wrong_turns.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/contacts/contact/<int:pk>/in-iterable/", admin.site.admin_view(compare_view), name="contact_in_iterable"),
    path("admin/contacts/contact/<int:pk>/send-now/", admin.site.admin_view(send_now), name="contact_send_now"),
    path("admin/contacts/contact/<int:pk>/opt-out/", admin.site.admin_view(opt_out_view), name="contact_opt_out"),
    path("admin/contacts/rules/", admin.site.admin_view(rules_view), name="mailing_rules"),
    path("admin/sync/window/", admin.site.admin_view(window_view), name="sync_window"),
    path("admin/observe/", admin.site.admin_view(observing.observe_view), name="observe"),
    path("admin/observe/compare/", admin.site.admin_view(observing.compare_view), name="observe_compare"),
    path("admin/observe/<int:pk>/progress/", admin.site.admin_view(observing.progress_view), name="observe_progress"),
    path("admin/try-it/", admin.site.admin_view(try_it), name="try_it"),
    path("admin/why/", admin.site.admin_view(why_view), name="why"),
    path("admin/handbook/", admin.site.admin_view(handbook_view), name="handbook"),
    path("admin/", admin.site.urls),
    path("oidc/", include("iterable_admin.screens.signing_in.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("oauth/token", TokenEndpoint.as_view(), name="oauth_token"),
    path("iterable/", include("contacts.gateway.urls")),
    path("api/v1/", include("contacts.sync.urls")),
    # Before the contacts themselves, whose address is a path.
    path("api/v1/contacts/<path:email>/why/", ReadWhy.as_view()),
    path("api/v1/", include("contacts.intake.urls")),
    path("api/v1/journeys/", ListJourneys.as_view()),
]
