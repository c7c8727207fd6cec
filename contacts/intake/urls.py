from __future__ import annotations

from django.urls import path

from contacts.intake import api, marketo

urlpatterns = [
    path("events/", api.AnyEvents.as_view()),
    path("events/bulk/", api.BulkEvents.as_view()),
    path("events/gitlab/", api.GitlabEvents.as_view()),
    path("webhooks/marketo/unsubscribe/", marketo.MarketoUnsubscribe.as_view()),
    path("events/<slug:slug>/", api.TypedEvents.as_view()),
]
