from __future__ import annotations

from django.apps import AppConfig


class ScreensConfig(AppConfig):
    name = "iterable_admin.screens"
    label = "screens"

    def ready(self) -> None:
        from contacts.sync.event_names import register_event_names
        from iterable_admin.screens.event_names import event_names

        register_event_names(event_names)
