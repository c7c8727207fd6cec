from __future__ import annotations

from django.urls import path

from contacts.sync.acting_api import ApproveRun, CancelRun, DiscardRun, RetryRun, UndoRun
from contacts.sync.api import SyncRuns
from contacts.sync.reading_api import ListSyncDefinitions, ListSyncRows, ReadSyncRun

urlpatterns = [
    path("sync-runs/", SyncRuns.as_view()),
    path("sync-runs/<int:pk>/", ReadSyncRun.as_view()),
    path("sync-runs/<int:pk>/rows/", ListSyncRows.as_view()),
    path("sync-runs/<int:pk>/approve/", ApproveRun.as_view()),
    path("sync-runs/<int:pk>/discard/", DiscardRun.as_view()),
    path("sync-runs/<int:pk>/cancel/", CancelRun.as_view()),
    path("sync-runs/<int:pk>/undo/", UndoRun.as_view()),
    path("sync-runs/<int:pk>/retry/", RetryRun.as_view()),
    path("sync-definitions/", ListSyncDefinitions.as_view()),
]
