from __future__ import annotations

from django.apps import AppConfig


class WakingConfig(AppConfig):
    name = "iterable_admin.waking"
    label = "waking"
