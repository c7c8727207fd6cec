from __future__ import annotations

from django.urls import path

from contacts.sync.api import SyncRuns

urlpatterns = [path("sync-runs/", SyncRuns.as_view())]
