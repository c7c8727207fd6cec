from __future__ import annotations

from django.urls import path

from contacts.gateway import api

GROUP = "api/subscriptions/<str:group>/<str:number>"

urlpatterns = [
    path("api/events/track", api.Track.as_view()),
    path("api/events/trackBulk", api.TrackBulk.as_view()),
    path("api/users/update", api.UpdateUser.as_view()),
    path("api/users/bulkUpdate", api.BulkUpdateUsers.as_view()),
    path("api/users/updateSubscriptions", api.UpdateSubscriptions.as_view()),
    path("api/users/bulkUpdateSubscriptions", api.BulkUpdateSubscriptions.as_view()),
    path("api/lists/subscribe", api.ChangeList.as_view()),
    path("api/lists/unsubscribe", api.ChangeList.as_view(joins=False)),
    path(GROUP, api.ChangeSubscriptions.as_view()),
    # A path, because the part before the @ may hold a slash.
    path(f"{GROUP}/user/<path:email>", api.ChangeOneSubscription.as_view()),
    path(f"{GROUP}/byUserId/<path:userId>", api.ChangeOneSubscription.as_view()),
    path("<path:path>", api.NotSupported.as_view()),
]
