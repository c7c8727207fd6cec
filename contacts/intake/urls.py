from __future__ import annotations

from django.urls import path, re_path

from contacts.intake import api, marketo, reading_api
from contacts.intake.iterable_webhooks import door

urlpatterns = [
    path("events/", api.AnyEvents.as_view()),
    path("events/bulk/", api.BulkEvents.as_view()),
    path("events/gitlab/", api.GitlabEvents.as_view()),
    # Before the slugs, of which a UUID would be one.
    path("events/<uuid:uuid>/", reading_api.ReadEvent.as_view()),
    path("events/<slug:slug>/", api.TypedEvents.as_view()),
    path("webhooks/marketo/unsubscribe/", marketo.MarketoUnsubscribe.as_view()),
    # Without the slash too: a redirect of a POST would lose it.
    re_path(r"^webhooks/iterable/?$", door.IterableWebhooks.as_view()),
    path("contacts/", reading_api.ListContacts.as_view()),
    # A path, because the part before the @ may hold a slash; so the longer of the two stands first.
    path("contacts/<path:email>/subscriptions/", reading_api.ReadSubscriptions.as_view()),
    path("contacts/<path:email>/", reading_api.ReadContact.as_view()),
    path("namespaces/", reading_api.ListNamespaces.as_view()),
    path("message-types/", reading_api.ListMessageTypes.as_view()),
    path("message-types/<int:pk>/exposure/", reading_api.ReadExposure.as_view()),
]
