from __future__ import annotations

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "iterable_admin.screens"
    label = "screens"
