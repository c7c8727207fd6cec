from __future__ import annotations

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "contacts.gateway"
    label = "gateway"

    def ready(self) -> None:
        from contacts.gateway.handling import handle_calls
        from contacts.gateway.outcomes import write_callbacks
        from contacts.gateway.taking import reread
        from iterable_admin.inbox.models import Event
        from iterable_admin.inbox.registry import register, register_reader
        from iterable_admin.outbox.registry import register_settler

        register_settler(write_callbacks)
        register(Event.Door.GATEWAY, handle_calls)
        register_reader(Event.Door.GATEWAY, reread)
