from __future__ import annotations

from django.urls import path

from contacts.gateway import api, reading

GROUP = "api/subscriptions/<str:group>/<str:number>"

# Fixed paths before those that hold an address.
READS = {
    "api/users/getByEmail": "/api/users/getByEmail",
    "api/users/getFields": "/api/users/getFields",
    "api/users/byUserId": "/api/users/byUserId",
    "api/users/byUserId/<str:userId>": "/api/users/byUserId/{userId}",
    "api/users/<path:email>": "/api/users/{email}",
    "api/channels": "/api/channels",
    "api/messageTypes": "/api/messageTypes",
    "api/journeys": "/api/journeys",
    "api/lists": "/api/lists",
    "api/campaigns": "/api/campaigns",
    "api/templates": "/api/templates",
}

urlpatterns = [
    path("api/events/track", api.Track.as_view()),
    path("api/events/trackBulk", api.TrackBulk.as_view()),
    path("api/users/update", api.UpdateUser.as_view()),
    path("api/users/bulkUpdate", api.BulkUpdateUsers.as_view()),
    path("api/users/updateSubscriptions", api.UpdateSubscriptions.as_view()),
    path("api/users/bulkUpdateSubscriptions", api.BulkUpdateSubscriptions.as_view()),
    path("api/lists/subscribe", api.SubscribeToList.as_view()),
    path("api/lists/unsubscribe", api.UnsubscribeFromList.as_view()),
    path(GROUP, api.ChangeSubscriptions.as_view()),
    # A path, because the part before the @ may hold a slash.
    path(f"{GROUP}/user/<path:email>", api.ChangeOneSubscription.as_view()),
    path(f"{GROUP}/byUserId/<path:userId>", api.ChangeOneSubscription.as_view()),
    *(path(place, reading.passing(endpoint).as_view()) for place, endpoint in READS.items()),
    path("<path:path>", api.NotSupported.as_view()),
]
