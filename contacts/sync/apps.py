from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "contacts.sync"
    label = "sync"
